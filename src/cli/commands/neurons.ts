/** `visit neurons`: neurons that are active in nearly every pass, over a file of prompts. */
import { Command, Option } from 'commander';
import { activeNeuronsCsv } from '../../core/insight/active-neurons-csv';
import { ACTIVE_PER_LAYER } from '../../core/insight/activity-count';
import { fraction, readPrompts, wholeNumber, withModelAndLens, type ModelOptions } from '../arguments';
import { withEngine } from '../engine';
import { modelRef } from '../model';
import { lensLine } from '../output/lens-line';
import { activeNeuronsTable } from '../output/active-neurons-table';
import { leftOutOf, leftOutLines, warnLeftOut } from '../output/left-out';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';

interface NeuronsCommandOptions extends ModelOptions {
  readonly prompts: string;
  readonly atLeast: number;
  readonly perLayer: number;
  readonly tokens: number;
  readonly format: 'json' | 'table' | 'csv';
  readonly out?: string;
}

/** The command with its options. */
export function neuronsCommand(): Command {
  const command = new Command('neurons').description('Find the feed-forward neurons that are active for almost every prompt.');
  return withModelAndLens(command)
    .requiredOption(
      '--prompts <file>',
      'file with one prompt per line, each read at its last token (# begins a comment; "-" for standard input)',
    )
    .option('--at-least <share>', 'list the neurons that are active in at least this share of the prompts, from 0 to 1', fraction, 0.95)
    .option(
      '--per-layer <n>',
      'how many neurons per layer, ranked by |coefficient| × norm of the value, count as active for one prompt',
      wholeNumber(1),
      ACTIVE_PER_LAYER,
    )
    .option('--tokens <k>', 'tokens per list', wholeNumber(1), 10)
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table', 'csv']).default('table'))
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText('after', '\nExample: visit neurons --prompts examples/factual-recall.txt --at-least 0.9 --format csv --out neurons.csv')
    .action(async ({ prompts: file, atLeast, perLayer, tokens, format, out, ...options }: NeuronsCommandOptions) => {
      const model = await modelRef(options);
      const prompts = await readPrompts(file);
      const texts = prompts.map(({ text }) => text);
      const neurons = await withEngine(command, (engine, signal) =>
        withProgressLine((onProgress) =>
          engine.call('activeNeurons', { model, prompts: texts, options: { atLeast, perLayer, tokens } }, { signal, onProgress }),
        ),
      );
      const leftOut = leftOutOf(prompts, neurons.skipped);
      const forms = {
        json: () => `${JSON.stringify(neurons)}\n`,
        csv: () => activeNeuronsCsv(neurons),
        table: () => activeNeuronsTable(neurons) + lensLine(neurons.model) + leftOutLines(leftOut),
      };
      await writeAnswer(forms[format](), out);
      if (format !== 'table' || out !== undefined) warnLeftOut(leftOut);
    });
}
