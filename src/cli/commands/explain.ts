/** `visit explain`: why this token, each cause checked. */
import { Command, Option } from 'commander';
import { causeInWords, causeOffInWords, explanationText } from '../../core/present/cause-words';
import { explain, type CheckedCause } from '../../engine-client/explain';
import { readPrompt, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';
import { surroundings, widthOf } from '../surroundings';
import { targetOf, withMeasuredTarget, type TargetOptions } from '../target-options';

interface ExplainCommandOptions extends ModelOptions, PromptOptions, TargetOptions {
  readonly causes: number;
  readonly tokens: number;
  readonly by?: 'share' | 'effect';
  readonly format: 'json' | 'text';
}

/** The command with its options. */
export function explainCommand(): Command {
  const command = new Command('explain').description(
    'Say why the model predicts a token: the strongest causes in words, each checked by running the prompt without it.',
  );
  return withMeasuredTarget(withModelAndLens(withPrompt(command)), 'to explain')
    .option('--causes <n>', 'how many causes', wholeNumber(1), 5)
    .option('--tokens <k>', 'tokens of what each cause writes', wholeNumber(1), 3)
    .addOption(
      new Option(
        '--by <ranking>',
        'look for causes among what has the largest share, or the largest estimated effect (default: both); they are ordered by what is measured',
      ).choices(['share', 'effect']),
    )
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'text']).default('text'))
    .addHelpText('after', '\nExample: visit explain --prompt "The capital of Japan is the city of"')
    .action(async (options: ExplainCommandOptions) => {
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const explanation = await withEngine(command, (engine, signal) =>
        withProgressLine(async (onProgress) => {
          const prompt = await fitPrompt(engine, model, asked, options, signal);
          const wanted = { causes: options.causes, tokens: options.tokens, ...(options.by && { by: options.by }), ...targetOf(options) };
          const onCause = (checked: CheckedCause): void => {
            onProgress({ message: lineOf(checked), done: checked.done, total: checked.total });
          };
          return explain(engine, { model, prompt, options: wanted }, { signal, onProgress, onCause });
        }),
      );
      const answer = options.format === 'json' ? JSON.stringify(explanation) : explanationText(explanation);
      await writeAnswer(`${answer}\n`, undefined);
    });
}

/** "3 of 11: Layer 3 head 4 reads … Off: 100 % → 4 %", as much of it as the terminal's last line has room for. */
function lineOf({ cause, done, total, soFar }: CheckedCause): string {
  const found = cause === null ? '' : `: ${causeInWords(cause, soFar)} ${causeOffInWords(cause, soFar)}`;
  return `Checked ${done} of ${total}${found}`.slice(0, widthOf(surroundings().stderr) - 1);
}
