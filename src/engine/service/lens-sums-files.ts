/** Sums of a fit in files: those that it continues from, and those that it leaves. */
import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import type { CallContext } from '../../core/call-context';
import { Problem } from '../../core/problem';
import { readSums, SUMS_KEY, type SumsMetadata } from '../../model/lens/sums-file';
import { LensSums, type FitKind } from '../runtime/fitting/lens-sums';
import type { LensText } from './lens-texts';
import { writeTraceFile, type WrittenTensor } from './trace-file';

/** What sums are of. */
export interface SumsOf {
  readonly kind: FitKind;
  /** of everything that decides the numbers */
  readonly key: string;
  readonly size: { readonly nLayers: number; readonly dModel: number };
  /** units that the texts make */
  readonly units: number;
}

/** The checksum of a text. */
export function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The key of a fit. @param weights fingerprint of the weights */
export function sumsKey(kind: FitKind, weights: string, tokens: number, texts: readonly LensText[]): string {
  return checksum(
    JSON.stringify(['visit.lens-sums/1', kind, weights, tokens, texts.map(({ text, lines }) => [checksum(text), lines ?? false])]),
  );
}

/** Sums of nothing yet. */
export function noSums({ kind, size }: SumsOf): LensSums {
  return new LensSums(kind, size.nLayers, size.dModel);
}

/** The sums of shards, added up. @throws Problem `lens-invalid` when one is of another fit or given twice, and as `readSums` */
export async function mergedSums(files: readonly string[], of: SumsOf): Promise<LensSums> {
  const sums = noSums(of);
  for (const file of files) {
    const { metadata, sums: read } = await readSums(file);
    if (metadata.key !== of.key || metadata.units !== of.units) {
      throw new Problem(
        'lens-invalid',
        `${file} has sums of other texts, of another model, or of a fit with other options.`,
        'Give every shard, and the merge, the same --texts, --tokens, --lines and --kind.',
      );
    }
    sums.merge({ ...metadata, sums: read });
  }
  return sums;
}

/** What an earlier run of the same fit has left; null: nothing that can be used. */
export async function sumsToResume(file: string, of: SumsOf): Promise<LensSums | null> {
  if (!(await stat(file).catch(() => null))) return null;
  return mergedSums([file], of).catch(() => null);
}

/** Writes sums; the file appears whole or not at all. @throws Problem `io`, `cancelled` */
export async function writeSums(file: string, sums: LensSums, of: SumsOf, context: CallContext): Promise<void> {
  const metadata: SumsMetadata = {
    schema: 'visit.lens-sums/1',
    key: of.key,
    units: of.units,
    done: [...sums.done].sort((a, b) => a - b),
    positions: sums.positions,
    prompts: sums.prompts,
  };
  await writeTraceFile(file, tensorsOf(sums), of.size.nLayers, { [SUMS_KEY]: JSON.stringify(metadata) }, context);
}

/** Deletes what a fit has left, where it has left anything. */
export async function forgetSums(file: string): Promise<void> {
  await rm(file, { force: true });
}

async function* tensorsOf(sums: LensSums): AsyncGenerator<WrittenTensor> {
  for (const [name, { high, low }] of sums.entries()) {
    const data = new Float64Array(2 * high.length);
    data.set(high);
    data.set(low, high.length);
    yield { name, tensor: { data, shape: [2, high.length] } };
  }
}
