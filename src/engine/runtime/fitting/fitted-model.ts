/** A model, as far as fitting a lens needs it. */
import type { CallContext } from '../../../core/call-context';
import type { ModelGraphs } from '../../onnx/model-graphs';
import type { DifferentiablePass } from '../gradients';
import type { FittedPiece } from './parts';

/** See the head of this file. */
export interface FittedModel {
  readonly graphs: ModelGraphs;
  forward(piece: FittedPiece, context: CallContext): Promise<DifferentiablePass>;
}

/** [n,d] → [d] */
export function columnSums(rows: Float32Array, d: number): Float64Array {
  const sums = new Float64Array(d);
  for (let at = 0; at < rows.length; at += d) for (let i = 0; i < d; i++) sums[i] += rows[at + i];
  return sums;
}
