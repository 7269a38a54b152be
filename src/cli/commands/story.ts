/** `visit story`: the whole pass at one look. */
import { Command, Option } from 'commander';
import type { Story } from '../../core/insight/story';
import { assertNever } from '../../core/problem';
import { storySvg } from '../../export/drawings';
import {
  darkOption,
  readPrompt,
  readPrompts,
  wholeNumber,
  withModelAndLens,
  withPrompt,
  type ModelOptions,
  type PromptOptions,
} from '../arguments';
import { withEngine } from '../engine';
import { fitInterventions, fitPrompt } from '../fit-prompt';
import { interventionsOf, withInterventions, type InterventionOptions } from '../interventions';
import { headsBehind, type HeadsAlone } from '../../core/insight/heads-alone';
import { examplePrompts } from '../examples';
import { inspectorFile } from '../inspector-file';
import { modelRef } from '../model';
import { storyTable } from '../output/story-table';
import { writeAnswer } from '../output/write';
import { targetOf, withMeasuredTarget, type TargetOptions } from '../target-options';

interface StoryCommandOptions extends ModelOptions, PromptOptions, TargetOptions, InterventionOptions {
  readonly tokens: number;
  readonly hops: boolean;
  readonly by: 'share' | 'effect';
  /** true: without a file */
  readonly aloneOver?: string | true;
  readonly format: 'json' | 'text' | 'html' | 'svg';
  readonly dark?: true;
  readonly out?: string;
}

/** The command with its options. */
export function storyCommand(): Command {
  const command = new Command('story').description(
    'Explain a prediction at one look: from which layer on it leads, which tokens the heads read for it, and what every layer adds.',
  );
  return withMeasuredTarget(withInterventions(withModelAndLens(withPrompt(command))), 'whose logit is explained')
    .option('--tokens <k>', 'tokens of what each read writes', wholeNumber(1), 5)
    .option('--no-hops', 'leave out how what is read came to the tokens where it is read, which takes a backward pass')
    .addOption(
      new Option(
        '--by <ranking>',
        'order, colour and keep reads and layers by their shares, or by their estimated effects, which count what later layers make of them',
      )
        .choices(['share', 'effect'])
        .default('share'),
    )
    .option(
      '--alone-over [file]',
      'also run the prompt with the heads that make the listed reads alone, every other head at the position at its mean over the other prompts of this file, one per line (default: the prompts of VISIT’s examples)',
    )
    .addOption(
      new Option('--format <format>', 'output format; html: one self-contained file with the inspector; svg: the map as a drawing')
        .choices(['text', 'json', 'html', 'svg'])
        .default('text'),
    )
    .addOption(darkOption())
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText('after', '\nExample: visit story --prompt "The capital of Japan is the city of"')
    .action(async (options: StoryCommandOptions) => {
      const interventions = await interventionsOf(command, options);
      if (options.aloneOver !== undefined && interventions.length > 0)
        command.error('--alone-over is of the ordinary pass: it cannot go with --ablate, --patch or --mean');
      if (options.aloneOver !== undefined && (options.format === 'html' || options.format === 'svg'))
        command.error('--alone-over is told in text and JSON: it cannot go with --format html or svg');
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const answer = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        const changes = interventions.length > 0 && {
          interventions: await fitInterventions(engine, model, interventions, options, signal),
        };
        const asks = { ...targetOf(options), ...changes };
        const { tokens, hops, by } = options;
        const told = { tokens, hops, by };
        if (options.format === 'html') {
          const pass = { model, prompt, options: { ...asks, ...(by === 'effect' && { by }) }, story: told };
          return inspectorFile(engine, pass, { tab: 'story', colourBy: by, keepBy: by }, signal);
        }
        const story = await engine.call('story', { model, prompt, options: { ...told, ...asks } }, { signal });
        if (options.aloneOver === undefined) return answerOf(story, options.format, options.dark);
        const given = options.aloneOver === true ? await examplePrompts() : (await readPrompts(options.aloneOver)).map(({ text }) => text);
        const over = given.filter((text) => text !== story.prompt).map((text) => ({ text }));
        const heads = headsBehind(story.reads.filter(({ writes }) => writes !== undefined));
        const alone = await engine.call('headsAlone', { model, prompt, options: { heads, over, ...targetOf(options) } }, { signal });
        return answerOf({ ...story, alone }, options.format, options.dark);
      });
      await writeAnswer(answer, options.out);
    });
}

function answerOf(
  story: Story & { readonly alone?: HeadsAlone },
  format: Exclude<StoryCommandOptions['format'], 'html'>,
  dark?: true,
): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(story)}\n`;
    case 'text':
      return storyTable(story);
    case 'svg':
      return storySvg(story, dark ? 'dark' : 'light');
    default:
      return assertNever(format);
  }
}
