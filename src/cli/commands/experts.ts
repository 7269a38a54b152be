/** `visit experts`: how often each expert of a mixture is chosen, and for which tokens, over a file of prompts. */
import { Command, Option } from 'commander';
import { expertUseCsv } from '../../core/insight/expert-use-csv';
import { readPrompts, wholeNumber, withModel, type ModelOptions } from '../arguments';
import { withEngine } from '../engine';
import { modelRef } from '../model';
import { expertUseTable } from '../output/expert-use-table';
import { leftOutLines, leftOutOf, warnLeftOut } from '../output/left-out';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';

interface ExpertsCommandOptions extends ModelOptions {
  readonly prompts: string;
  readonly tokens: number;
  readonly top: number;
  readonly format: 'text' | 'json' | 'csv';
  readonly out?: string;
}

/** The command with its options. */
export function expertsCommand(): Command {
  const command = new Command('experts').description(
    'Count how often each expert of a mixture is chosen over the prompts of a file, and for which tokens.',
  );
  return withModel(command)
    .requiredOption(
      '--prompts <file>',
      'file with one prompt per line, all of whose tokens count (# begins a comment; "-" for standard input)',
    )
    .option('--tokens <k>', 'tokens that are listed for each expert', wholeNumber(0), 10)
    .option('--top <n>', 'most used experts of each layer that the text lists; json and csv list all', wholeNumber(1), 8)
    .addOption(new Option('--format <format>', 'output format').choices(['text', 'json', 'csv']).default('text'))
    .option('--out <file>', 'write to this file instead of stdout')
    .addHelpText('after', '\nExample: visit experts --model allenai/OLMoE-1B-7B-0924 --prompts examples/factual-recall.txt')
    .action(async ({ prompts: file, tokens, top, format, out, ...options }: ExpertsCommandOptions) => {
      const model = await modelRef(options);
      const prompts = await readPrompts(file);
      const texts = prompts.map(({ text }) => text);
      const use = await withEngine(command, (engine, signal) =>
        withProgressLine((onProgress) => engine.call('expertUse', { model, prompts: texts, options: { tokens } }, { signal, onProgress })),
      );
      const leftOut = leftOutOf(prompts, use.skipped);
      const forms = {
        json: () => `${JSON.stringify(use)}\n`,
        csv: () => expertUseCsv(use),
        text: () => expertUseTable(use, top) + leftOutLines(leftOut),
      };
      await writeAnswer(forms[format](), out);
      if (format !== 'text' || out !== undefined) warnLeftOut(leftOut);
    });
}
