/** `visit norms`: layer norms as semantic filters, for one prompt or summed up over many. */
import { Command, Option } from 'commander';
import { readPrompt, readPrompts, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { lensLine } from '../output/lens-line';
import { leftOutLines, leftOutOf, warnLeftOut } from '../output/left-out';
import { normSummaryTable, normTable } from '../output/norm-table';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';
import { targetOf, withTarget, type TargetOptions } from '../target-options';

interface NormsCommandOptions extends ModelOptions, PromptOptions, Omit<TargetOptions, 'against' | 'measure'> {
  readonly prompts?: string;
  readonly tokens: number;
  readonly format: 'json' | 'table';
  readonly out?: string;
}

/** The command with its options. */
export function normsCommand(): Command {
  const command = new Command('norms').description('Show which tokens every layer norm keeps, brings in and suppresses.');
  return withTarget(withModelAndLens(withPrompt(command)), 'whose rank is tracked')
    .addOption(
      new Option(
        '--prompts <file>',
        'summarize a file with one prompt per line, each read at its last token (# begins a comment; "-" for standard input). Cannot be combined with --prompt, --prompt-file, --last-tokens, --position or --target',
      ).conflicts(['prompt', 'promptFile', 'position', 'target', 'lastTokens']),
    )
    .option('--tokens <k>', 'length of the lists that are compared', wholeNumber(1), 10)
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .option('--out <file>', 'write to this file instead of stdout')
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
        const answer =
          format === 'json' ? `${JSON.stringify(summary)}\n` : normSummaryTable(summary) + lensLine(summary.model) + leftOutLines(leftOut);
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
      await writeAnswer(format === 'json' ? `${JSON.stringify(norms)}\n` : normTable(norms) + lensLine(norms.model), options.out);
    });
}
