/** `visit backward`: what the gradient of a pass says, and what it would write. */
import { Command, Option } from 'commander';
import { readPrompt, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { backwardTable } from '../output/backward-table';
import { writeAnswer } from '../output/write';
import { surroundings } from '../surroundings';
import { targetOf, withTarget, type TargetOptions } from '../target-options';

interface BackwardCommandOptions extends ModelOptions, PromptOptions, Omit<TargetOptions, 'against'> {
  readonly layer?: number;
  readonly neurons: number;
  readonly tokens: number;
  readonly format: 'json' | 'table';
}

/** The command with its options. */
export function backwardCommand(): Command {
  const command = new Command('backward').description(
    'Read the gradient of −log p of a token as tokens, and what a step of gradient descent would write (backward lens).',
  );
  return withTarget(withModelAndLens(withPrompt(command)), 'that descent makes likelier')
    .option(
      '--layer <n>',
      'look into this block: what a step would write into its feed-forward layer (default: the stream at every border)',
      wholeNumber(0),
    )
    .option('--neurons <n>', 'with --layer, how many neurons to list, most changed first', wholeNumber(1), 5)
    .option('--tokens <k>', 'tokens per list (a table names the first four)', wholeNumber(1), 10)
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .action(async (options: BackwardCommandOptions) => {
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const { layer, tokens, neurons } = options;
      const backwardOptions = { tokens, neurons, ...targetOf(options), ...(layer !== undefined && { layer }) };
      const found = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        return engine.call('backwardLens', { model, prompt, options: backwardOptions }, { signal });
      });
      await writeAnswer(
        options.format === 'json' ? `${JSON.stringify(found)}\n` : backwardTable(found, surroundings().stdout.columns),
        undefined,
      );
    });
}
