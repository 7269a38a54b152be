/**
 * Which heads, sources and neurons of a block are drawn (section "Nodes and edges" of docs/method.md). What is not drawn
 * is not forgotten: it is gathered in `rest` nodes.
 */
import type { GraphCounts } from '../protocol/engine';
import { norm, orderDescending, rowOf } from '../tensor/vector';
import type { BlockSelection, BlockState } from './pass';

/** Everything of 0…n-1 that is not among the drawn ones. */
export function notDrawn(n: number, drawn: Iterable<number>): number[] {
  const set = new Set(drawn);
  return Array.from({ length: n }, (_, i) => i).filter((i) => !set.has(i));
}

/**
 * The `top` largest and `bottom` smallest of coefficient × norm, largest first. When both together cover everything,
 * each index still appears once.
 */
export function selectExtremes(
  coefficients: Float32Array,
  norms: Float32Array,
  top: number,
  bottom: number,
): number[] {
  const order = orderDescending(coefficients.map((c, i) => c * norms[i]));
  if (top + bottom >= order.length) return order;
  return [...order.slice(0, top), ...order.slice(order.length - bottom)];
}

/**
 * Chooses what is drawn of one block.
 *
 * @param state the block at the position under study
 * @param nHeads number of query heads
 * @param position sources are sought among positions 0…position
 */
export function selectBlock(
  state: BlockState,
  nHeads: number,
  position: number,
  counts: GraphCounts,
): BlockSelection {
  const width = state.headOut.length / nHeads;
  const reach = Float32Array.from({ length: nHeads }, (_, h) => norm(rowOf(state.headOut, h, width)));
  const heads = orderDescending(reach).slice(0, counts.heads === 0 ? nHeads : counts.heads);
  const nTokens = state.pattern.length / nHeads;
  const sources = heads.map((h) =>
    orderDescending(rowOf(state.pattern, h, nTokens).subarray(0, position + 1)).slice(0, counts.values),
  );
  return {
    heads,
    sources,
    oNeurons: selectExtremes(state.z, state.oNorms, counts.top, counts.bottom),
    neurons: selectExtremes(state.mlpPost, state.valueNorms, counts.top, counts.bottom),
  };
}
