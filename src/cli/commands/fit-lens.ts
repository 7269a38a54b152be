/** `visit fit-lens`: an affine map for every border, fitted to the streams of the user's own texts. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import glob from 'fast-glob';
import { Problem } from '../../core/problem';
import { weightsFingerprint } from '../../model/checkpoint/weights-fingerprint';
import { deleteLens, keptLenses } from '../../model/lens/kept-lenses';
import { wholeNumber, withModel, type ModelOptions } from '../arguments';
import { withEngine } from '../engine';
import { modelRef } from '../model';
import { lensReportTable } from '../output/lens-report-table';
import { withProgressLine } from '../output/while-running';
import { writeAnswer } from '../output/write';

interface FitLensCommandOptions extends ModelOptions {
  readonly texts?: string;
  readonly lines?: true;
  readonly tokens: number;
  readonly ridge?: number;
  readonly name: string;
  readonly file?: string;
  readonly list?: true;
  readonly delete?: string;
  readonly format: 'json' | 'table';
}

/** Characters of all texts together: more than tokens of any language take, and no more than a message should carry. */
const CHARACTERS_PER_TOKEN = 20;

/** The command with its options. */
export function fitLensCommand(): Command {
  const command = new Command('fit-lens').description(
    'Fit a lens: for every border of blocks the affine map that predicts the final stream best, on text of yours.',
  );
  return withModel(command)
    .option('--texts <glob>', 'files of text, such as "docs/**/*.md"')
    .option('--lines', 'each line of a file is a text of its own, as in files of prompts')
    .option('--tokens <n>', 'tokens that are fitted on; about a quarter more is held back', wholeNumber(1), 20_000)
    .option('--ridge <strength>', 'ridge strength, as a part of the stream’s mean variance (default: chosen on held-back text)', strength)
    .option('--name <name>', 'what the lens is called, for --lens', 'fitted')
    .option('--file <file>', 'write it to this file instead of keeping it for these weights')
    .option('--list', 'list the lenses that are kept for the model')
    .option('--delete <name>', 'delete one of them')
    .addOption(new Option('--format <format>', 'output format').choices(['json', 'table']).default('table'))
    .addHelpText(
      'after',
      '\nExample: visit fit-lens --texts "docs/**/*.md", then visit lens --lens fitted --prompt "The capital of France is"',
    )
    .action(async (options: FitLensCommandOptions) => {
      const { texts: pattern, lines = false, tokens, ridge, name, file, list, delete: unwanted, format } = options;
      const model = await modelRef(options);
      if (list || unwanted !== undefined) {
        const weights = await weightsFingerprint(model.folder);
        if (unwanted !== undefined) await deleteLens(weights, unwanted);
        else await writeAnswer((await keptLenses(weights)).map((kept) => `${kept}\n`).join(''), undefined);
        return;
      }
      if (pattern === undefined) return command.error('texts are needed: --texts "docs/**/*.md"');
      const texts = (await readTexts(pattern, tokens * CHARACTERS_PER_TOKEN)).map((text) => ({ ...text, lines }));
      const asked = { tokens, name, ...(ridge !== undefined && { ridge }), ...(file !== undefined && { file: path.resolve(file) }) };
      const report = await withEngine(command, (engine, signal) =>
        withProgressLine((onProgress) => engine.call('fitLens', { model, texts, options: asked }, { signal, onProgress })),
      );
      await writeAnswer(format === 'json' ? `${JSON.stringify(report)}\n` : lensReportTable(report), undefined);
    });
}

/** A strength of 0 or more. */
function strength(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value < Infinity)) throw new InvalidArgumentError('A number of at least 0 is needed.');
  return value;
}

/** The texts of a pattern in the order of their names, each with an equal part of what may be read. @throws Problem `io` */
async function readTexts(pattern: string, characters: number): Promise<{ name: string; text: string }[]> {
  // On Windows a path may be typed with backslashes, which would escape what follows.
  const files = (await glob(path.sep === '\\' ? pattern.replaceAll('\\', '/') : pattern)).sort();
  if (files.length === 0)
    throw new Problem('io', `No file matches ${pattern}.`, 'Put the pattern in quotation marks, such as "docs/**/*.md".');
  const each = Math.ceil(characters / files.length);
  const texts: { name: string; text: string }[] = [];
  for (const file of files) {
    const bytes = await readFile(file).catch((cause: unknown) => {
      throw new Problem('io', `${file} cannot be read.`, 'Check its permissions.', { cause });
    });
    // What is not text is left out: a pattern may well take in a picture.
    if (!bytes.subarray(0, 8000).includes(0)) texts.push({ name: file, text: bytes.toString('utf8').slice(0, each) });
  }
  if (texts.length === 0) throw new Problem('io', `No file that matches ${pattern} is text.`);
  return texts;
}
