/**
 * The averaged Jacobian of the final stream with respect to the stream at each border, as the Jacobian lens is published (Gurnee et al.,
 * 2026): for each feature of the final stream the gradient of its sum over positions goes back through the exact
 * backward pass; what reaches a border is averaged over positions, and then over prompts. docs/lenses.md
 */
import type { CallContext } from '../../../core/call-context';
import { stopIfCancelled } from '../../../core/cancel';
import { checkFinite, throughBlock } from '../gradients';
import { columnSums, type FittedModel } from './fitted-model';
import type { Streams } from './lens-judge';
import type { LensSums } from './lens-sums';
import type { FittedPiece } from './parts';

/** Positions at the beginning that do not count, as published: attention sinks, whose streams are unlike all others. Of a short text, a quarter. */
const SKIPPED = 16;

/** The positions of a text that count, as [from, to): not the first few, and not the last, after which nothing comes. */
export function countedPositions(tokens: number): { readonly from: number; readonly to: number } {
  return { from: Math.min(SKIPPED, Math.floor(tokens / 4)), to: tokens - 1 };
}

/** The rows of the positions that count. [T,d] → [n,d] */
export function countedRows(stream: Float32Array, d: number): Float32Array {
  const { from, to } = countedPositions(stream.length / d);
  return stream.subarray(from * d, Math.max(from, to) * d);
}

/** Adds the streams' means. @returns how many positions count */
export function addMeans(sums: LensSums, stream: Streams): number {
  const { d, nLayers } = sums;
  for (let border = 0; border < nLayers; border++) sums.add(`x.${border}`, columnSums(countedRows(stream[border], d), d));
  const y = countedRows(stream[nLayers], d);
  sums.add('y', columnSums(y, d));
  return y.length / d;
}

/**
 * Adds the Jacobians of some prompts: `J.l` [d,d], where a row vector is multiplied from the left.
 *
 * @param report told what part of it is done
 * @throws Problem `cancelled`, `weights-invalid` where a gradient is not finite, and what a pass throws
 */
export async function addJacobian(
  { graphs, forward }: FittedModel,
  pieces: readonly FittedPiece[],
  sums: LensSums,
  unit: number,
  report: (part: number) => void,
  context: CallContext,
): Promise<void> {
  const { d, nLayers } = sums;
  const quiet: CallContext = { signal: context.signal, report: () => undefined };
  let [positions, prompts] = [0, 0];
  const found = Array.from({ length: nLayers }, () => new Float64Array(d * d));
  const passes: Streams[] = [];
  for (const piece of pieces) {
    const T = piece.tokens.length;
    const { from, to } = countedPositions(T);
    if (to <= from) continue;
    const pass = await forward(piece, quiet);
    for (let feature = 0; feature < d; feature++) {
      stopIfCancelled(context, 'Fitting the lens');
      if (feature % 16 === 0) report(feature / d);
      let gradient: Float32Array = new Float32Array(T * d);
      for (let position = from; position < to; position++) gradient[position * d + feature] = 1;
      for (let layer = nLayers - 1; layer >= 0; layer--) {
        // What comes after the last position that counts does not enter.
        const results = await throughBlock(graphs, pass, { of: 'block', layer, rows: to, wanted: ['grad_pre'] }, gradient);
        gradient = results.floats('grad_pre');
        const into = found[layer];
        for (let position = from; position < to; position++)
          for (let i = 0; i < d; i++) into[i * d + feature] += gradient[position * d + i] / (to - from);
      }
      checkFinite(gradient, 'the embeddings');
    }
    passes.push(pass.stream);
    prompts++;
  }
  // All at once, after everything that may fail: a unit is never there in part.
  for (const stream of passes) positions += addMeans(sums, stream);
  if (prompts > 0) for (const [border, jacobian] of found.entries()) sums.add(`J.${border}`, jacobian);
  sums.finish(unit, { positions, prompts });
}
