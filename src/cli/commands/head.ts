/** `visit head`: what one attention head reads and writes. */
import { Command, Option } from 'commander';
import type { TokenMeasure } from '../../core/format/share-measure';
import { readPrompt, wholeNumber, withModelAndLens, withPrompt, type ModelOptions, type PromptOptions } from '../arguments';
import { withEngine } from '../engine';
import { fitPrompt } from '../fit-prompt';
import { modelRef } from '../model';
import { lensLine } from '../output/lens-line';
import { headMemoryTable } from '../output/head-memory-table';
import { writeAnswer } from '../output/write';
import { measureOption } from '../target-options';

interface HeadCommandOptions extends ModelOptions, PromptOptions {
  readonly layer: number;
  readonly head: number;
  readonly position?: number;
  readonly sources: number;
  readonly tokens: number;
  readonly measure: TokenMeasure;
  readonly format: 'json' | 'table';
}

/** The command with its options. */
export function headCommand(): Command {
  const command = new Command('head').description('Show where an attention head looks, what it reads there and what it writes.');
  return withModelAndLens(withPrompt(command))
    .requiredOption('--layer <n>', 'block of the head, from 0', wholeNumber(0))
    .requiredOption('--head <n>', 'head within the block, from 0', wholeNumber(0))
    .option(
      '--position <n>',
      'token at which the head reads and writes, counted from 0; negative numbers count from the end (default: -1, the last)',
      wholeNumber(-Infinity),
    )
    .option('--sources <n>', 'how many sources to show, strongest first', wholeNumber(1), 5)
    .option('--tokens <k>', 'tokens per list', wholeNumber(1), 20)
    .addOption(measureOption())
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .action(async (options: HeadCommandOptions) => {
      const model = await modelRef(options);
      const asked = await readPrompt(command, options);
      const { layer, head, sources, tokens, measure, position } = options;
      const headOptions = { layer, head, sources, tokens, measure, ...(position !== undefined && { position }) };
      const memory = await withEngine(command, async (engine, signal) => {
        const prompt = await fitPrompt(engine, model, asked, options, signal);
        return engine.call('headMemory', { model, prompt, options: headOptions }, { signal });
      });
      await writeAnswer(
        options.format === 'json' ? `${JSON.stringify(memory)}\n` : headMemoryTable(memory) + lensLine(memory.model),
        undefined,
      );
    });
}
