/** A lens in a safetensors file: `A.0` … [d,d] and `b.0` … [d], F32, one of each for every border before the last. docs/lenses.md */
import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import * as z from 'zod';
import { lensFiguresSchema, type LensInfo } from '../../core/format/lens-info';
import { Problem } from '../../core/problem';
import type { StoredTensor } from '../checkpoint/checkpoint';
import { openLocal } from '../checkpoint/local-source';
import { readSafetensors } from '../checkpoint/safetensors';
import { isWeightType } from '../checkpoint/storage';

/** What `__metadata__` says under `visit.lens`, as JSON. */
export const lensMetadataSchema = z.object({
  schema: z.literal('visit.lens/1'),
  kind: z.literal('fitted'),
  name: z.string(),
  weights: z.string(),
  ridge: z.number(),
  tokens: z.object({ fitted: z.int(), chosen: z.int(), judged: z.int() }),
  texts: z.array(z.object({ name: z.string(), sha256: z.string() })),
  figures: z.object({ logit: lensFiguresSchema, fitted: lensFiguresSchema }),
  baseline: z.object({ agreement: z.number(), divergence: z.number() }),
});
/** What a lens's file says of itself. */
export type LensMetadata = z.infer<typeof lensMetadataSchema>;

/** The key of the metadata. */
export const LENS_KEY = 'visit.lens';

/** What vectors are read through. */
export interface LensInUse {
  readonly file: string;
  readonly info: LensInfo;
  /** what the file says of itself; null: the logit lens, which has no file */
  readonly metadata: LensMetadata | null;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The model as far as a lens has to fit it. */
export interface LensSize {
  readonly nLayers: number;
  readonly dModel: number;
}

/**
 * Opens a lens; its maps are not read.
 *
 * @param weights fingerprint of the weights that it must have been made for
 * @throws Problem `lens-invalid` when it is none, is damaged, or was made for another model; `weights-invalid`, `weights-truncated`, `io`
 */
export async function openLens(path: string, weights: string, { nLayers, dModel }: LensSize): Promise<LensInUse> {
  const file = await realpath(path).catch((cause: unknown) => {
    throw new Problem('lens-invalid', `There is no lens ${path}.`, 'Fit one with “visit fit-lens”.', { cause });
  });
  const header = await openLocal(file, (opened) => readSafetensors(opened, path));
  const said = header.metadata[LENS_KEY] ?? '';
  const metadata = readMetadata(said, path);
  if (metadata.weights !== weights) {
    throw new Problem(
      'lens-invalid',
      `${path} was made for other weights, and is not used.`,
      'A lens fits the weights that it was made with alone: fit one for this model with “visit fit-lens”.',
    );
  }
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, offset, byteLength } of header.entries) {
    if (isWeightType(dtype)) tensors.set(name, { name, shape, storage: { kind: 'dense', dtype, bytes: { file, offset, byteLength } } });
  }
  for (let border = 0; border < nLayers; border++) {
    const [map, offset] = [tensors.get(`A.${border}`)?.shape.join(), tensors.get(`b.${border}`)?.shape.join()];
    if (map !== `${dModel},${dModel}` || offset !== `${dModel}`) {
      throw new Problem('lens-invalid', `${path} has no map of width ${dModel} for border ${border} of ${nLayers}.`, 'Fit it again.');
    }
  }
  const id = createHash('sha256').update(said).digest('hex').slice(0, 16);
  return { file, tensors, metadata, info: { kind: 'fitted', name: metadata.name, id, figures: metadata.figures.fitted } };
}

function readMetadata(said: string, path: string): LensMetadata {
  try {
    return lensMetadataSchema.parse(JSON.parse(said));
  } catch (cause) {
    throw new Problem('lens-invalid', `${path} is not a lens that “visit fit-lens” wrote.`, undefined, { cause });
  }
}
