/** `visit norms`: layer norms as semantic filters, for one prompt or summed up over many. */
import { Command, Option } from 'commander';
import {
  readPrompt,
  readPrompts,
  targetOf,
  wholeNumber,
  withModel,
  withPrompt,
  type ModelOptions,
  type PromptOptions,
  type TargetOptions,
} from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { leftOutLines, leftOutOf, warnLeftOut } from '../output/left-out';
import { normSummaryTable, normTable } from '../output/norm-table';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';

interface NormsCommandOptions extends ModelOptions, PromptOptions, Omit<TargetOptions, 'against'> {
  readonly prompts?: string;
  readonly tokens: number;
  readonly format: 'json' | 'table';
  readonly out?: string;
}

/** The command with its options. */
export function normsCommand(): Command {
  const command = new Command('norms').description('Show which tokens every layer norm keeps, brings in and suppresses.');
  return withModel(withPrompt(command))
    .addOption(
      new Option(
        '--prompts <file>',
        'instead of one prompt a file with one on each line (# begins a comment; "-": standard input): a summary over all, each read at its last token. Excludes --prompt, --prompt-file, --last-tokens, --position and --target',
      ).conflicts(['prompt', 'promptFile', 'position', 'target', 'lastTokens']),
    )
    .option('--position <n>', 'token under study, from 0; negative counts from the end (default: -1, the last)', wholeNumber(-Infinity))
    .option('--target <token>', 'text of the token whose rank is followed (default: what the model predicts)')
    .option('--tokens <k>', 'length of the lists that are compared', wholeNumber(1), 10)
    .addOption(new Option('--format <format>', 'form of the answer').choices(['json', 'table']).default('table'))
    .option('--out <file>', 'write there instead of to stdout')
    .addHelpText('after', '\nExample: visit norms --prompts examples/factual-recall.txt')
    .action(async (options: NormsCommandOptions) => {
      const model = await modelRef(options);
      const { format, tokens } = options;
      if (options.prompts !== undefined) {
        const prompts = await readPrompts(options.prompts);
        const texts = prompts.map(({ text }) => text);
        const summary = await withEngine(command, (engine, signal) =>
          withProgressLine((onProgress) => engine.call('normSummary', { model, prompts: texts, tokens }, { signal, onProgress })),
        );
        const leftOut = leftOutOf(prompts, summary.skipped);
        const answer = format === 'json' ? `${JSON.stringify(summary)}\n` : normSummaryTable(summary) + leftOutLines(leftOut);
        await writeAnswer(answer, options.out);
        if (format === 'json' || options.out !== undefined) warnLeftOut(leftOut);
        return;
      }
      const asked = await readPrompt(command, options);
      const passOptions = { tokens, ...targetOf(options) };
      const norms = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        return engine.call('norms', { model, prompt, options: passOptions }, { signal });
      });
      await writeAnswer(format === 'json' ? `${JSON.stringify(norms)}\n` : normTable(norms), options.out);
    });
}
