/** `visit fit-lens`: a map for every border, fitted to the streams of the user's own texts, or taken in from a lens that was published. */
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import glob from 'fast-glob';
import type { LensReport, LensSumsReport } from '../../core/insight/lens-report';
import { Problem } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import { weightsFingerprint } from '../../model/checkpoint/weights-fingerprint';
import { deleteLens } from '../../model/lens/kept-lenses';
import { wholeNumber, withModel, type ModelOptions } from '../arguments';
import { withEngine } from '../engine';
import { readLensTexts } from '../lens-texts';
import { modelRef } from '../model';
import { lensListTable, lensReportTable, lensSumsLine } from '../output/lens-report-table';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';
import { surroundings } from '../surroundings';

interface FitLensCommandOptions extends ModelOptions {
  readonly texts?: string;
  readonly lines?: true;
  readonly kind: 'fitted' | 'jacobian';
  readonly from?: string;
  readonly tokens?: number;
  readonly ridge?: number;
  readonly name?: string;
  readonly file?: string;
  readonly shard?: { readonly index: number; readonly of: number };
  readonly merge?: string;
  readonly list?: true;
  readonly delete?: string;
  readonly format: 'json' | 'table';
}

/** Characters of all texts together: more than tokens of any language take, and no more than a message should carry. */
const CHARACTERS_PER_TOKEN = 20;

/** Tokens that are fitted on where nothing else is asked for: a Jacobian takes a backward pass for each feature of the stream, of each text. */
const TOKENS = { fitted: 20_000, jacobian: 5_000 };

/** The command with its options. */
export function fitLensCommand(): Command {
  const command = new Command('fit-lens').description(
    'Fit a lens on text of yours: for every border of blocks the affine map that predicts the final stream best, or the averaged Jacobian. Or take in a lens that others published.',
  );
  return withModel(command)
    .option('--texts <glob>', 'files of text, such as "docs/**/*.md"')
    .option('--lines', 'each line of a file is a text of its own, as in files of prompts')
    .addOption(new Option('--kind <kind>', 'ridge regression, or the averaged Jacobian').choices(['fitted', 'jacobian']).default('fitted'))
    .option('--from <path>', 'take in a tuned lens (its folder) or a Jacobian lens (its file); texts measure its offset and its figures')
    .option(
      '--tokens <n>',
      'tokens that are fitted on; about a quarter more is held back (default: 20000; for a Jacobian 5000)',
      wholeNumber(1),
    )
    .option('--ridge <strength>', 'ridge strength, as a part of the stream’s mean variance (default: chosen on held-back text)', strength)
    .option('--name <name>', 'what the lens is called, for --lens (default: its kind)')
    .option('--file <file>', 'write it to this file instead of keeping it for these weights')
    .option('--shard <i/n>', 'sum up only this part of the texts, into --file, to be merged', shard)
    .option('--merge <glob>', 'files of --shard, made with the same texts and options; what they lack is run')
    .option('--list', 'list the lenses of the model: those kept, and the one published with it')
    .option('--delete <name>', 'delete one that is kept')
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .addHelpText(
      'after',
      '\nExample: visit fit-lens --texts "docs/**/*.md", then visit lens --lens fitted --prompt "The capital of France is"',
    )
    .action(async (options: FitLensCommandOptions) => {
      const { list, delete: unwanted, format } = options;
      const model = await modelRef(options);
      if (unwanted !== undefined) return deleteLens(await weightsFingerprint(model.folder), unwanted);
      if (list) {
        const listing = await withEngine(command, (engine, signal) => engine.call('lenses', { model }, { signal }));
        for (const refused of listing.refused) surroundings().stderr.write(`visit: ${refused}\n`);
        return writeAnswer(format === 'json' ? `${JSON.stringify(listing)}\n` : lensListTable(listing), undefined);
      }
      const report = await made(command, model, options);
      if (report.schema === 'visit.lens-sums-report/1') {
        return writeAnswer(format === 'json' ? `${JSON.stringify(report)}\n` : lensSumsLine(report), undefined);
      }
      return writeAnswer(format === 'json' ? `${JSON.stringify(report)}\n` : lensReportTable(report), undefined);
    });
}

/** Runs what is asked for. */
async function made(
  command: Command,
  model: ModelRef,
  { texts: pattern, lines, kind, from, ridge, name, file: asked, shard: part, merge, ...options }: FitLensCommandOptions,
): Promise<LensReport | LensSumsReport> {
  if (pattern === undefined) return command.error('texts are needed: --texts "docs/**/*.md"');
  if (part && asked === undefined) return command.error('--shard needs --file, which the sums are written to');
  if (ridge !== undefined && (kind === 'jacobian' || from !== undefined)) return command.error('only --kind fitted has a ridge');
  const tokens = options.tokens ?? TOKENS[kind];
  const file = asked === undefined ? {} : { file: path.resolve(asked) };
  const texts = (await readLensTexts(pattern, tokens * CHARACTERS_PER_TOKEN)).map((text) => ({ ...text, lines: lines ?? false }));
  const merged = merge === undefined ? [] : await filesOf(merge);
  return withEngine(command, (engine, signal) =>
    withProgressLine((onProgress): Promise<LensReport | LensSumsReport> => {
      const context = { signal, onProgress };
      if (from !== undefined) {
        const adopted = { tokens, from: path.resolve(from), ...(name !== undefined && { name }), ...file };
        return engine.call('adoptLens', { model, texts, options: adopted }, context);
      }
      if (part && file.file !== undefined) {
        return engine.call('sumLens', { model, texts, options: { tokens, kind, shard: part, file: file.file } }, context);
      }
      const fitted = { tokens, kind, name: name ?? kind, ...(ridge !== undefined && { ridge }), merge: merged, ...file };
      return engine.call('fitLens', { model, texts, options: fitted }, context);
    }),
  );
}

async function filesOf(pattern: string): Promise<string[]> {
  const files = (await glob(path.sep === '\\' ? pattern.replaceAll('\\', '/') : pattern, { absolute: true })).sort();
  if (files.length === 0)
    throw new Problem('io', `No file matches ${pattern}.`, 'Put the pattern in quotation marks, such as "sums/*.sums".');
  return files;
}

/** A strength of 0 or more. */
function strength(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < Infinity)) throw new InvalidArgumentError('A number of at least 0 is needed.');
  return value;
}

/** Such as `2/4`. */
function shard(text: string): { index: number; of: number } {
  const [, index, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (index === undefined || of === undefined || index < 1 || index > of) {
    throw new InvalidArgumentError('A part and how many there are is needed, such as 2/4.');
  }
  return { index, of };
}
