/** `visit overview`: every layer at every position, and what every block does to the prediction at one. */
import { Command, Option } from 'commander';
import { readPrompt, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { overviewTable } from '../output/overview-table';
import { writeAnswer } from '../output/write';
import { targetOf, withMeasuredTarget, type TargetOptions } from '../target-options';

interface OverviewCommandOptions extends ModelOptions, PromptOptions, TargetOptions {
  readonly tokens: number;
  readonly format: 'json' | 'table';
}

/** The command with its options. */
export function overviewCommand(): Command {
  const command = new Command('overview').description(
    'Show what every block’s attention and feed-forward layer add to a token’s logit, promote and suppress.',
  );
  return withMeasuredTarget(withModelAndLens(withPrompt(command)), 'whose logit is broken down')
    .option('--tokens <k>', 'tokens per list (a table names the first three)', wholeNumber(1), 10)
    .addOption(
      new Option('--format <format>', 'output format; json also contains the layer × position grids')
        .choices(['json', 'table'])
        .default('table'),
    )
    .action(async (options: OverviewCommandOptions) => {
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const passOptions = { tokens: options.tokens, ...targetOf(options) };
      const overview = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        return engine.call('overview', { model, prompt, options: passOptions }, { signal });
      });
      await writeAnswer(options.format === 'json' ? `${JSON.stringify(overview)}\n` : overviewTable(overview), undefined);
    });
}
