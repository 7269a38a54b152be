/**
 * What is kept of a fit between its texts and its lens: a safetensors file of running sums, by which a fit is taken up again, and by which
 * shards are merged. Each sum is [2,n] F64: the sums as doubles, and what those could not hold. docs/lenses.md
 */
import { endianness } from 'node:os';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { openLocal } from '../checkpoint/local-source';
import { readSafetensors } from '../checkpoint/safetensors';

/** What `__metadata__` says under `visit.lens-sums`, as JSON. */
const sumsMetadataSchema = z.object({
  schema: z.literal('visit.lens-sums/1'),
  /** follows from the weights, the texts, how many tokens and the kind: only sums of one key belong together */
  key: z.string(),
  /** units of the texts, those of other shards included */
  units: z.int().nonnegative(),
  /** those that have been added */
  done: z.array(z.int().nonnegative()),
  positions: z.int().nonnegative(),
  prompts: z.int().nonnegative(),
});
/** What a file of sums says of itself. */
export type SumsMetadata = z.infer<typeof sumsMetadataSchema>;

/** The key of the metadata. */
export const SUMS_KEY = 'visit.lens-sums';

/** A file of sums. */
export interface SumsFile {
  readonly metadata: SumsMetadata;
  readonly sums: ReadonlyMap<string, { readonly high: Float64Array; readonly low: Float64Array }>;
}

/** Reads a file of sums as a whole. @throws Problem `lens-invalid` when it is none, `weights-truncated`, `weights-invalid`, `io` */
export function readSums(path: string): Promise<SumsFile> {
  const invalid = (why: string, cause?: unknown): Problem =>
    new Problem('lens-invalid', `${path} is not a file of sums that “visit fit-lens --shard” wrote: ${why}.`, 'Make it again.', { cause });
  return openLocal(path, async (opened) => {
    const { entries, metadata } = await readSafetensors(opened, path);
    let said: SumsMetadata;
    try {
      said = sumsMetadataSchema.parse(JSON.parse(metadata[SUMS_KEY] ?? ''));
    } catch (cause) {
      throw invalid('it does not say so', cause);
    }
    const sums = new Map<string, { high: Float64Array; low: Float64Array }>();
    for (const { name, dtype, shape, offset, byteLength } of entries) {
      if (dtype !== 'F64' || shape.length !== 2 || shape[0] !== 2) throw invalid(`${name} is not [2,n] F64`);
      const bytes = await opened.read(offset, byteLength);
      if (endianness() === 'BE') bytes.swap64();
      const values = new Float64Array(byteLength / 8);
      new Uint8Array(values.buffer).set(bytes);
      sums.set(name, { high: values.slice(0, shape[1]), low: values.slice(shape[1]) });
    }
    return { metadata: said, sums };
  });
}
