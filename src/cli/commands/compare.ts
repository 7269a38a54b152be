/** `visit compare`: two passes side by side, or what the model predicts after each of many prompts. */
import { Command, Option } from 'commander';
import { WITHOUT_ADAPTER } from '../../core/format/adapter-part';
import type { Intervention } from '../../core/format/intervention';
import { differenceExplained } from '../../core/insight/difference-causes';
import type { ComparedTargets } from '../../core/format/compared-targets';
import type { BaselineInput, ModelRef, PromptInput } from '../../core/protocol/engine-inputs';
import type { ComparisonOptions } from '../../core/protocol/engine-options';
import type { GraphCounts } from '../../core/format/graph-counts';
import type { PredictionTable } from '../../core/format/prediction-table';
import { sidesOf } from '../../core/protocol/shown-pass';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { measureDifference } from '../../engine-client/explain-difference';
import { storyDifferenceSvg } from '../../export/drawings';
import { inspectorPage } from '../../export/inspector-page';
import {
  countsOf,
  darkOption,
  layerRange,
  nonEmpty,
  readPrompts,
  wholeNumber,
  withCounts,
  withChat,
  withModelAndLens,
  type GivenPrompt,
  type ModelOptions,
} from '../arguments';
import { baselineOf, withBaseline, type BaselineOptions } from '../baseline';
import { WEBVIEW, withEngine } from '../engine';
import { fitBaseline, fitInterventions, fitPrompt } from '../fit-prompt';
import { interventionsOf, withInterventions, type InterventionOptions } from '../interventions';
import { modelRef } from '../model';
import { lensLine } from '../output/lens-line';
import { changesTable } from '../output/changes-table';
import { differenceTable } from '../output/difference-table';
import { warnLeftOut, type LeftOut } from '../output/left-out';
import { predictionsTable } from '../output/predictions-table';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';
import { measureOption, targetOf, type TargetOptions } from '../target-options';

interface CompareCommandOptions extends ModelOptions, InterventionOptions, TargetOptions, GraphCounts, BaselineOptions {
  readonly effects?: true;
  readonly by?: 'share' | 'effect';
  readonly prompt?: readonly string[];
  readonly prompts?: string;
  readonly lastTokens?: true;
  readonly chat?: true;
  readonly system?: string;
  readonly layers?: { from: number; to: number };
  readonly commonTarget?: Exclude<ComparedTargets, 'own'>;
  readonly story?: true;
  readonly format: 'json' | 'html' | 'table' | 'svg';
  readonly againstBase?: true;
  readonly dark?: true;
  readonly out?: string;
}

/** The command with its options. */
export function compareCommand(): Command {
  const command = new Command('compare').description(
    'Compare the forward passes of two prompts, or of one prompt before and after a change to the model; or list what the model predicts for each of many prompts.',
  );
  return withBaseline(withCounts(withInterventions(withModelAndLens(withChat(command)))))
    .addOption(
      new Option(
        '--prompt <text>',
        'a prompt; give two to compare them, or more for a table of predictions. --ablate, --patch and --mean apply to the second of two prompts; with a single prompt, its passes before and after the change are compared',
      )
        .conflicts('prompts')
        .argParser(oneMore),
    )
    .option('--prompts <file>', 'file with one prompt per line (# begins a comment; "-" for standard input)')
    .option('--last-tokens', 'if the prompt is longer than the model’s context, use as many of its last tokens as fit')
    .option('--layers <range>', 'blocks to draw, from 0, such as 3 or 3-5 (default: the one in which the passes diverge most)', layerRange)
    .option(
      '--position <n>',
      'token under study in both prompts, counted from 0; negative numbers count from the end (default: -1, the last)',
      wholeNumber(-Infinity),
    )
    .option(
      '--target <token>',
      'target token for both, whose rank and logit share are shown (default: what each prompt predicts; with a single prompt, what it predicts before the change)',
    )
    .option('--against <token>', 'token whose logit is subtracted from the target’s, in both')
    .addOption(measureOption())
    .option(
      '--effects',
      'estimate the effect of each component that is drawn, in both passes; --by effect, --twin and --mean-over imply it',
    )
    .addOption(
      new Option(
        '--by <ranking>',
        'order of the table: by the change in the share of the contrast, or by the change in the estimated effect',
      )
        .choices(['share', 'effect'])
        .default('share'),
    )
    .addOption(
      new Option(
        '--common-target <which>',
        'target for both: the first prompt’s prediction (left), the second’s (right), or the first minus the second (difference)',
      )
        .choices(['left', 'right', 'difference'])
        .conflicts('target'),
    )
    .addOption(
      new Option(
        '--format <format>',
        'json: docs/comparison.schema.json; html: one self-contained file with the inspector (two passes); table: what changed, or the predictions; with --story, json and table are of the story, svg is its map, and html opens on it',
      )
        .choices(['json', 'html', 'table', 'svg'])
        .default('json'),
    )
    .option(
      '--story',
      'tell the story of the difference: from which layer on the two differ, which reads and branches part them, and what the second predicts once a part has its value from the first',
    )
    .option('--against-base', 'of a model with an adapter: compare its pass with that of its base; short for --ablate adapter')
    .addOption(darkOption())
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  visit compare --prompt "The capital of Japan is the city of" --prompt "The capital of France is the city of" --format table',
        '  visit compare --prompt "The capital of Japan is the city of" --ablate blocks.3.attn.head.3 --format table',
        '  visit compare --prompt "The capital of Japan is the city of" --model ADAPTER --against-base --story --format table',
        '  visit compare --prompt "The capital of Japan is the city of" --prompt "The capital of France is the city of" --story --format table',
      ].join('\n'),
    )
    .action(async (options: CompareCommandOptions) => {
      const interventions = [...(await interventionsOf(command, options)), ...(options.againstBase ? [WITHOUT_ADAPTER] : [])];
      const baseline =
        (await baselineOf(options)) ?? (options.effects || options.by === 'effect' ? { baseline: 'zero' as const } : undefined);
      const given = options.prompts === undefined ? typed(options.prompt ?? []) : await readPrompts(options.prompts);
      const asked = given.length === 1 && interventions.length > 0 ? [...given, ...given] : given;
      if (asked.length < 2)
        return command.error(
          'two prompts are needed: --prompt TEXT --prompt TEXT, or --prompts FILE with one prompt per line; or one prompt and a change: --ablate COMPONENT, or --against-base',
        );
      if (asked.length > 2 && options.format === 'html')
        return command.error('an HTML page compares two prompts; for more, use --format table or json');
      if (options.format === 'svg' && !options.story) return command.error('--format svg is the map of the story: add --story');
      if (options.story && asked.length > 2) return command.error('--story is of two passes; more prompts were given');
      if (asked.length > 2 && interventions.length > 0)
        return command.error('--ablate, --patch and --mean apply to a single prompt or to the second of two; more were given');
      const model = await modelRef(options);
      const answer = await withEngine(command, async (engine, signal) => {
        const prompts: PromptInput[] = [];
        for (const { text } of asked) prompts.push(await fitPrompt(engine, model, { text }, options, signal));
        const [left, right, ...more] = prompts;
        if (!left || !right || more.length > 0) {
          const table = await predict(engine, model, prompts, options, signal);
          return {
            text: options.format === 'json' ? `${JSON.stringify(table)}\n` : predictionsTable(table),
            // The table says it in the prompt's own row.
            leftOut: options.format === 'table' && options.out === undefined ? [] : withoutPrediction(asked, table),
          };
        }
        const changes = await fitInterventions(engine, model, interventions, options, signal);
        const effects = await fitBaseline(engine, model, baseline, options, signal);
        const text = await compare(
          engine,
          model,
          left,
          right,
          { ...options, interventions: changes, effects, ...(given.length === 1 && beforeAndAfter(options)) },
          signal,
        );
        return { text, leftOut: [] };
      });
      await writeAnswer(answer.text, options.out);
      warnLeftOut(answer.leftOut);
    });
}

/** Before and after a change of the model it is asked what becomes of the first prediction, where nothing else is asked. */
function beforeAndAfter({ target, commonTarget }: CompareCommandOptions): Pick<CompareCommandOptions, 'commonTarget'> {
  return target === undefined && commonTarget === undefined ? { commonTarget: 'left' } : {};
}

/** @param options.interventions what is changed of the model for the right side */
async function compare(
  engine: EngineCalls,
  model: ModelRef,
  left: PromptInput,
  right: PromptInput,
  options: Omit<CompareCommandOptions, 'effects'> & {
    readonly interventions: readonly Intervention[];
    readonly effects: BaselineInput | undefined;
  },
  signal: AbortSignal,
): Promise<string> {
  const { layers, commonTarget, format, interventions, effects, by = 'share' } = options;
  const side = targetOf(options);
  const changed = { ...side, ...(interventions.length > 0 && { interventions }) };
  const shared: ComparisonOptions = {
    counts: countsOf(options),
    ...(layers && { layers }),
    ...(commonTarget && { targets: commonTarget }),
    ...(effects && { effects }),
  };
  const comparison = await withProgressLine((onProgress) =>
    engine.call(
      'compare',
      { model, left: { prompt: left, options: side }, right: { prompt: right, options: changed }, options: shared },
      { signal, onProgress },
    ),
  );
  const sides = { model, ...sidesOf({ comparison, interventions }), options: {} };
  if (options.story) {
    const story = await engine.call('storyDifference', sides, { signal });
    if (format === 'svg') return storyDifferenceSvg(story, options.dark ? 'dark' : 'light');
    const { found, checks } = await withProgressLine((onProgress) => measureDifference(engine, sides, { signal, onProgress }));
    if (format === 'html') {
      const measured = checks.map((value) => ({
        request: { of: 'checkDifference', components: value.components.join(' ') } as const,
        value,
      }));
      const insights = [
        { request: { of: 'storyDifference' } as const, value: story },
        { request: { of: 'differenceCauses' } as const, value: found },
        ...measured,
      ];
      return inspectorPage({ shown: comparison, insights, view: { tab: 'story', compare: { tab: 'story' }, causesOpen: true } }, WEBVIEW);
    }
    const explanation = differenceExplained(found, checks);
    return format === 'json'
      ? `${JSON.stringify({ ...story, causes: explanation.causes })}\n`
      : differenceTable(story, explanation) + lensLine(story.model);
  }
  if (format === 'html') {
    const story = await engine.call('storyDifference', sides, { signal });
    return inspectorPage({ shown: comparison, insights: [{ request: { of: 'storyDifference' }, value: story }] }, WEBVIEW);
  }
  return format === 'json' ? `${JSON.stringify(comparison)}\n` : changesTable(comparison, by) + lensLine(comparison.left.model);
}

function predict(
  engine: EngineCalls,
  model: ModelRef,
  prompts: readonly PromptInput[],
  { tokens }: CompareCommandOptions,
  signal: AbortSignal,
): Promise<PredictionTable> {
  return withProgressLine((onProgress) => engine.call('predict', { model, prompts, tokens }, { signal, onProgress }));
}

function withoutPrediction(prompts: readonly GivenPrompt[], { rows }: PredictionTable): LeftOut[] {
  return rows.flatMap((row, i) => {
    const prompt = prompts[i];
    return prompt && 'problem' in row ? [{ prompt, reason: row.problem.message }] : [];
  });
}

function typed(texts: readonly string[]): GivenPrompt[] {
  return texts.map((text, i) => ({ text, place: `prompt ${i + 1}` }));
}

/** Gathers an option that is given several times. */
function oneMore(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, nonEmpty(text)];
}
