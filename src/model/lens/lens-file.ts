/** A lens in a safetensors file: `A.0` … [d,d] and `b.0` … [d], F32, one of each for every border before the last. docs/lenses.md */
import { createHash } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { lensFiguresSchema, lensKindSchema, type LensInfo } from '../../core/format/lens-info';
import { Problem } from '../../core/problem';
import type { StoredTensor } from '../checkpoint/checkpoint';
import { openLocal } from '../checkpoint/local-source';
import { readSafetensors } from '../checkpoint/safetensors';
import { isZip } from '../checkpoint/torch/is-zip';
import { isWeightType } from '../checkpoint/storage';
import type { LensSize } from './lens-size';
import { isTunedLensFolder, openPublishedLens } from './published-lens';
import { SUMS_KEY } from './sums-file';

/** What `__metadata__` says under `visit.lens`, as JSON. */
export const lensMetadataSchema = z.object({
  schema: z.literal('visit.lens/1'),
  kind: lensKindSchema.exclude(['logit']),
  name: z.string(),
  weights: z.string(),
  /** the file that it was taken in from; absent: it was fitted here */
  source: z.string().optional(),
  /** absent: it has no ridge */
  ridge: z.number().optional(),
  /** what part of each border’s map is the ridge solution’s, the rest being the logit lens’s; absent: all of it */
  parts: z.array(z.number()).readonly().optional(),
  tokens: z.object({ fitted: z.int(), chosen: z.int(), judged: z.int() }),
  texts: z.array(z.object({ name: z.string(), sha256: z.string() })),
  figures: z.object({ logit: lensFiguresSchema, fitted: lensFiguresSchema }),
  baseline: z.object({ agreement: z.number(), divergence: z.number() }),
});
/** What a lens's file says of itself. */
export type LensMetadata = z.infer<typeof lensMetadataSchema>;

/** The key of the metadata. */
export const LENS_KEY = 'visit.lens';

/** The name of a lens in the folder of the model that it is published with. */
export const PUBLISHED_LENS = 'lens.safetensors';

/** What vectors are read through. */
export interface LensInUse {
  readonly file: string;
  readonly info: LensInfo;
  /** what the file says of itself; null: the logit lens, which has no file */
  readonly metadata: LensMetadata | null;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
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
  await refusePublished(file, path, { nLayers, dModel });
  const header = await openLocal(file, (opened) => readSafetensors(opened, path));
  const metadata = readMetadata(header.metadata, path);
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
  const id = createHash('sha256')
    .update(header.metadata[LENS_KEY] ?? '')
    .digest('hex')
    .slice(0, 16);
  return { file, tensors, metadata, info: { kind: metadata.kind, name: metadata.name, id, figures: metadata.figures.fitted } };
}

function readMetadata(metadata: Readonly<Record<string, string>>, path: string): LensMetadata {
  if (metadata[SUMS_KEY] !== undefined) {
    throw new Problem(
      'lens-invalid',
      `${path} holds the sums of a fit that has not been made a lens yet.`,
      'Make one of all of its shards: “visit fit-lens --merge "part*.sums" …” (docs/lenses.md).',
    );
  }
  try {
    return lensMetadataSchema.parse(JSON.parse(metadata[LENS_KEY] ?? ''));
  } catch (cause) {
    throw new Problem('lens-invalid', `${path} is not a lens that “visit fit-lens” wrote.`, WHAT_IS_ONE, { cause });
  }
}

const WHAT_IS_ONE = 'Name a lens that is kept for this model (“visit lens --list”), or a file that “visit fit-lens” wrote.';

/** A lens that others published lacks figures, and a Jacobian its offset: both take texts. @throws Problem `lens-invalid` where it is one, or none at all */
async function refusePublished(file: string, path: string, size: LensSize): Promise<void> {
  const isFolder = (await stat(file)).isDirectory();
  if (isFolder && !(await isTunedLensFolder(file))) {
    const own = join(path, PUBLISHED_LENS);
    const isThere = (await stat(own).catch(() => null))?.isFile() ?? false;
    throw new Problem('lens-invalid', `${path} is a folder, not a lens.`, isThere ? `Name the file in it: ${own}.` : WHAT_IS_ONE);
  }
  if (!isFolder && !(await openLocal(file, isZip)) && !/\.(pt|pth|bin)$/.test(file)) return;
  // A file of something else, or a lens of another model, could not be taken in either.
  await openPublishedLens(path, size);
  throw new Problem(
    'lens-invalid',
    `${path} is a lens as it was published: its offset and its figures are measured before it is used.`,
    `Give texts, and take it in with “visit fit-lens --from ${path} --texts "docs/**/*.md"”.`,
  );
}
