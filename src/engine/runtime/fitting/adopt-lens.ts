/** Takes in a lens that was published: checks that it reads this model, measures the offset that a Jacobian lacks, and says what it is worth. */
import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import type { CallContext } from '../../../core/call-context';
import { Problem } from '../../../core/problem';
import type { StoredTensor } from '../../../model/checkpoint/checkpoint';
import type { PublishedLens } from '../../../model/lens/published-lens';
import type { Weights } from '../../onnx/weights';
import { widenStored } from '../../onnx/widen-stored';
import { judged, runAll, withMeans, type FittedLens } from './fit-lens';
import { addMeans } from './jacobian';
import { LensSums } from './lens-sums';
import type { FitParts } from './parts';
import type { AffineMap } from './ridge';
import type { FittedModel } from './fitted-model';

/** A lens that reads the last border but one worse than the logit lens does must stay below this part of a blind guess's divergence. */
const OF_A_GUESS = 0.5;

/** Rows of the vocabulary that are compared where the file holds the unembedding. */
const COMPARED_ROWS = 64;

/**
 * See the head of this file.
 *
 * @throws Problem `lens-invalid` when it was made for other weights or has numbers that are none, `cancelled`, and what a pass throws
 */
export async function adoptLens(
  model: FittedModel & { readonly weights: Weights },
  lens: PublishedLens,
  parts: FitParts,
  context: CallContext,
): Promise<FittedLens> {
  const { blocks, dModel: d } = model.graphs.spec;
  if (lens.unembedding) await requireSameUnembedding(model, lens.path, lens.unembedding);
  const sums = new LensSums('jacobian', blocks.length, d);
  try {
    if (lens.kind === 'jacobian') {
      for (const [unit, stream] of (await runAll(model, parts.fitted, context)).entries()) {
        sums.finish(unit, { positions: addMeans(sums, stream), prompts: 1 });
      }
      if (sums.positions === 0) {
        throw new Problem('empty-prompt', 'The texts are too short to measure the lens’s offset on.', 'Give longer texts.');
      }
    }
    const known: { border: number; map: AffineMap }[] = [];
    const mapAt = async (border: number): Promise<AffineMap> => {
      const last = known.at(-1);
      if (last?.border === border) return last.map;
      const map = await affine(lens, border, sums);
      known[0] = { border, map };
      return map;
    };
    const found = await judged(model, parts, await runAll(model, parts.chosen, context), mapAt, context);
    requireItReads(lens, found, blocks.length - 1);
    const isWithout = lens.maps[0] === null;
    return isWithout ? { ...found, note: 'The lens has no map for the embeddings: they are read as the logit lens reads them.' } : found;
  } finally {
    await model.graphs.endFit();
  }
}

/** The check that a lens belongs to these weights, where nothing in its file tells. @param border the last one with a map */
function requireItReads({ path }: PublishedLens, { fitted, logit, baseline }: FittedLens, border: number): void {
  const [its, logits] = [fitted.divergence[border], logit.divergence[border]];
  if (its <= logits || its <= OF_A_GUESS * baseline.divergence) return;
  throw new Problem(
    'lens-invalid',
    `${path} was made for other weights: after ${border} blocks, where it should nearly say what the model says, it is ${its.toFixed(1)} bits away, the logit lens ${logits.toFixed(1)}.`,
    'A lens belongs to the checkpoint that it was made with: use it with that one.',
  );
}

/** As the rest of VISIT reads it: rows are multiplied from the left, and everything is in the map. */
async function affine(lens: PublishedLens, border: number, sums: LensSums): Promise<AffineMap> {
  const published = lens.maps[border];
  const { d } = sums;
  const map = new Float32Array(d * d);
  if (published === null || lens.kind === 'tuned') for (let i = 0; i < d; i++) map[i * d + i] = 1;
  if (published === null) return { map, offset: new Float32Array(d) };
  const weight = await valuesOf(published.weight);
  for (let out = 0; out < d; out++) for (let i = 0; i < d; i++) map[i * d + out] += weight[out * d + i];
  const found = lens.kind === 'jacobian' ? withMeans(map, sums, border) : { map, offset: await offsetOf(published.offset, d) };
  if ([...found.offset, ...weight].some((value) => !Number.isFinite(value))) {
    throw new Problem('lens-invalid', `${lens.path} contains NaN or infinity at border ${border}.`, 'Fetch the file again.');
  }
  return found;
}

async function offsetOf(offset: StoredTensor | null, d: number): Promise<Float32Array> {
  return offset === null ? new Float32Array(d) : valuesOf(offset);
}

/** @throws Problem `lens-invalid` where the model has another unembedding */
async function requireSameUnembedding(
  { graphs, weights }: { readonly graphs: FittedModel['graphs']; readonly weights: Weights },
  path: string,
  its: StoredTensor,
): Promise<void> {
  const { weight } = graphs.spec.unembedding.table;
  const table = weights.get(weight.tensor);
  const other = (): Problem =>
    new Problem(
      'lens-invalid',
      `${path} was made for other weights: it holds another unembedding than this model’s.`,
      'A lens belongs to the checkpoint that it was made with: use it with that one.',
    );
  if (its.shape[1] !== weight.inputs) throw other();
  if (table.storage.kind !== 'dense' || weight.layout !== 'out_in') return;
  const rows = Math.min(COMPARED_ROWS, its.shape[0], weight.outputs);
  const [one, two] = [await valuesOf(table, rows * weight.inputs), await valuesOf(its, rows * weight.inputs)];
  const largest = one.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  // Either may have been rounded to 16 bits.
  if (one.some((value, i) => Math.abs(value - two[i]) > largest / 100)) throw other();
}

/** The values of a tensor, or the first of them. */
async function valuesOf({ storage }: StoredTensor, count?: number): Promise<Float32Array> {
  if (storage.kind !== 'dense') throw new Problem('internal', 'A lens is stored in blocks.');
  const { dtype, bytes } = storage;
  const byteLength = count === undefined ? bytes.byteLength : count * (dtype === 'F32' ? 4 : 2);
  const taken = { ...storage, bytes: { ...bytes, byteLength } };
  if (dtype !== 'F32') return widenStored(taken);
  const buffer = Buffer.alloc(byteLength);
  const handle = await open(bytes.file);
  try {
    const { bytesRead } = await handle.read(buffer, 0, byteLength, bytes.offset);
    if (bytesRead < byteLength) throw new Problem('weights-invalid', `${bytes.file} has become shorter.`, 'Fetch it again.');
  } finally {
    await handle.close();
  }
  if (endianness() === 'BE') buffer.swap32();
  return new Float32Array(buffer.buffer, buffer.byteOffset, byteLength / 4);
}
