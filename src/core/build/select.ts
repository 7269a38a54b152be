/**
 * Which heads, sources and neurons of a block are drawn (section "Nodes and edges" of docs/method.md). What is not drawn
 * is not forgotten: it is gathered in `rest` nodes.
 */
import type { GraphCounts } from '../format/graph-counts';
import { norm, orderDescending, rowOf } from '../pass/vector';
import type { Component, ExpertName } from '../format/component';
import { extremes } from './extremes';
import type { AttentionState, BlockRanking, BlockSelection, BlockState, MlpState } from '../pass/block-state';

/** Everything of 0…n-1 that is not among the drawn ones. */
export function notDrawn(n: number, drawn: Iterable<number>): number[] {
  const set = new Set(drawn);
  return Array.from({ length: n }, (_, i) => i).filter((i) => !set.has(i));
}

/** How much each of many summands writes: its coefficient times the norm of its vector. */
const written = (coefficients: Float32Array, norms: Float32Array): Float32Array => coefficients.map((c, i) => c * norms[i]);

/** What each head adds to the stream, as a norm: what heads are ranked by. [H] */
export function headReach({ headOut }: Pick<AttentionState, 'headOut'>, nHeads: number): Float32Array {
  const width = headOut.length / nHeads;
  return Float32Array.from({ length: nHeads }, (_, h) => norm(rowOf(headOut, h, width)));
}

/**
 * The sources that a head reads most, largest attention probability first.
 *
 * @param ranking with it those that matter most, largest |figure| first
 */
export function selectSources(
  state: BlockState,
  nHeads: number,
  head: number,
  position: number,
  counts: GraphCounts,
  ranking?: BlockRanking,
): number[] {
  const pattern = ranking ? sizes(ranking.sources) : state.attention.pattern;
  const changed = changedIn(state).flatMap((c) => (c.kind === 'source' && c.head === head ? [c.source] : []));
  const order = orderDescending(rowOf(pattern, head, pattern.length / nHeads).subarray(0, position + 1));
  return order.filter((source, rank) => rank < counts.values || changed.includes(source));
}

/** Components of a block that an intervention changed: they are drawn whatever their importance. */
function changedIn({ changed }: BlockState): Component[] {
  return changed?.map(({ component }) => component) ?? [];
}

/** |figure|; nothing for what has none. */
function sizes(figures: Float32Array): Float32Array {
  return figures.map((figure) => Math.abs(figure) || 0);
}

/** The index of a neuron among those that are at work; none where its expert was not chosen. */
export function indexAtWork(
  mlp: MlpState,
  { expert, neuron }: { readonly expert?: ExpertName | undefined; readonly neuron: number },
): number[] {
  if (mlp.kind === 'dense') return [neuron];
  return mlp.experts.filter((each) => each.expert === expert).map(({ first }) => first + neuron);
}

/** The feed-forward neurons that are drawn. @param always neurons that are drawn whatever their place */
function selectNeurons(mlp: MlpState, { top, bottom }: GraphCounts, always: readonly number[], ranking?: BlockRanking): number[] {
  const values = ranking?.neurons ?? written(mlp.coefficients, mlp.valueNorms);
  return extremes(values, top, bottom, { always, isOut: (index) => isBias(mlp, index) });
}

/** Whether what counts as a neuron is an expert's bias: it reads nothing, and is drawn among the others. */
function isBias(mlp: MlpState, index: number): boolean {
  return mlp.kind === 'experts' && mlp.experts.some(({ first, count, biased }) => biased && index === first + count - 1);
}

/**
 * Chooses what is drawn of one block.
 *
 * @param state the block at the position under study
 * @param nHeads number of query heads
 * @param position sources are sought among positions 0…position
 * @param ranking with it by share or effect: heads and sources with the largest |figure|, rows and neurons with the largest and the most negative
 */
export function selectBlock(
  state: BlockState,
  nHeads: number,
  position: number,
  counts: GraphCounts,
  ranking?: BlockRanking,
): BlockSelection {
  const changed = changedIn(state);
  const changedHeads = changed.flatMap((c) => (c.kind === 'head' || c.kind === 'source' ? [c.head] : []));
  const changedNeurons = changed.flatMap((c) => (c.kind === 'neuron' ? indexAtWork(state.mlp, c) : []));
  const heads = orderDescending(ranking ? sizes(ranking.heads) : headReach(state.attention, nHeads)).filter(
    (head, rank) => counts.heads === 0 || rank < counts.heads || changedHeads.includes(head),
  );
  return {
    heads,
    sources: heads.map((h) => selectSources(state, nHeads, h, position, counts, ranking)),
    oNeurons: extremes(ranking?.rows ?? written(state.attention.z, state.attention.rowNorms), counts.top, counts.bottom),
    neurons: selectNeurons(state.mlp, counts, changedNeurons, ranking),
  };
}
