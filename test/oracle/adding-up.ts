/** What must add up in a pass, ordinary or changed: the sums of docs/method.md, "The picture adds up" and "Share". */
import assert from 'node:assert/strict';
import { attribute } from '../../src/core/analyse/attribution';
import type { FlowGraph } from '../../src/core/format/flow-graph';
import { selectBlock } from '../../src/core/build/select';
import type { MlpState } from '../../src/core/pass/block-state';
import type { GraphCounts } from '../../src/core/format/graph-counts';
import type { ForwardPass } from '../../src/engine/runtime/forward-pass';
import { biasesOf, maxDifference, restRows } from './fixture';

const VECTORS = 1e-4;
/** Shares are sums of hundreds of float32 products. */
const SHARES = 1e-3;

/** Factor × vector; a vector that the model does not have is no summand. */
type Term = readonly [factor: number, vector: Float32Array | undefined];

/** Every sum of a block at a position: what is drawn of it, and the rests. */
export async function assertBlockAddsUp(pass: ForwardPass, layer: number, position: number, counts: GraphCounts): Promise<void> {
  const { dModel: d, nHeads: H } = pass.model;
  const T = pass.tokens.length;
  const state = await pass.block(layer, position);
  const selection = selectBlock(state, H, position, counts);
  const vectors = await pass.vectors(layer, position, state, selection);
  const row = (rows: Float32Array, r: number) => rows.subarray(r * d, (r + 1) * d);
  const isWhole = (kind: string) => state.changed?.some(({ component }) => component.kind === kind) ?? false;
  const isOff = (matrix: string) =>
    state.changed?.some(({ component }) => component.kind === 'adapter' && component.of === matrix) ?? false;
  const assertSum = (what: string, sum: Float32Array, terms: readonly Term[]) => {
    const total = Array.from(sum, (_, c) => terms.reduce((partial, [factor, x]) => partial + factor * (x?.[c] ?? 0), 0));
    const off = maxDifference(total, sum);
    assert(off <= VECTORS, `block ${layer} at ${position}, ${what}: off by ${off}`);
  };

  let pair = 0;
  selection.heads.forEach((h, n) => {
    const sources = selection.sources[n].map((s): Term => [
      (state.attention.weights ?? state.attention.pattern)[h * T + s],
      row(vectors.values, pair++),
    ]);
    assertSum(`head ${h}`, row(state.attention.headOut, h), [
      ...sources,
      [1, row(vectors.restSources, n)],
      [1, state.attention.patchedHeads?.get(h)],
    ]);
  });
  const inAttention: Term[] = [
    [isWhole('attention') ? 0 : 1, state.attention.bias],
    [1, state.attention.patched],
    [isWhole('attention') || isOff('W_O') ? 0 : 1, state.attention.update],
  ];
  assertSum('heads', state.attention.out, [
    ...selection.heads.map((h): Term => [1, row(state.attention.headOut, h)]),
    [1, vectors.restHeads],
    ...inAttention,
  ]);
  assertSum('rows of W_O', state.attention.out, [
    ...selection.oNeurons.map((o, n): Term => [state.attention.z[o], row(vectors.oRows, n)]),
    [1, vectors.restO],
    ...inAttention,
  ]);
  assertSum('neurons', state.mlp.out, [
    ...selection.neurons.map((f, n): Term => [state.mlp.coefficients[f], row(vectors.neuronValues, n)]),
    ...restRows(vectors, d).map((rest): Term => [1, rest]),
    [isWhole('mlp') ? 0 : 1, biasesOf(state.mlp).biasOut],
    [1, state.mlp.patched],
    ...patchedExperts(state.mlp).map((written): Term => [1, written]),
    [isWhole('mlp') || isOff('W_out') ? 0 : 1, state.mlp.update],
  ]);
  if (state.residMid)
    assertSum('stream between', state.residMid, [
      [1, state.residPre],
      [1, state.attention.out],
    ]);
  // Where norms stand on the stream, what leaves the block is a norm of the sum.
  if (!pass.streamNormed)
    assertSum('stream', state.residPost, [
      [1, state.residPre],
      [1, state.attention.out],
      [1, state.mlp.out],
    ]);
  const off = maxDifference(state.residPost, row(pass.stream[layer + 1], position));
  assert(off <= VECTORS, `block ${layer} seen at position ${position} differs from the pass by ${off}`);
}

function patchedExperts(mlp: MlpState): Float32Array[] {
  return mlp.kind === 'experts' ? [...(mlp.patchedExperts?.values() ?? [])].map(({ written }) => written) : [];
}

/** What a model's logits are of the sum of their shares. */
export interface LogitShape {
  /** c in c·tanh(logit / c): the shares sum to the logit in front of it */
  readonly softCap?: number;
  /** norms on the stream: the steps from border to border have shares, and no summand does */
  readonly streamNormed: boolean;
}

/**
 * The shares that a graph shows come to what is measured of its target: the logit less the mean, the logit, or the difference of two.
 * The mean is the same whatever the target, which is what centred shares of capped logits are checked with.
 * @param apart graphs of the same pass for two tokens whose sums differ by this graph's, which a difference of capped logits is checked with
 */
export function assertSharesAddUp(
  graph: FlowGraph,
  { softCap, streamNormed }: LogitShape,
  what: string,
  apart?: readonly [FlowGraph, FlowGraph],
): void {
  const near = (actual: number, expected: number, of: string) =>
    assert(Math.abs(actual - expected) <= SHARES, `${what}, ${of}: ${actual} instead of ${expected}`);
  const { measured, measure } = graph.target;
  const steps = graph.stream.reduce((sum, { share }) => sum + share, graph.normBias);
  if (streamNormed) {
    graph.stream.forEach(({ reading, share }, i) => {
      if (measure === 'centred') return;
      const before = i === 0 ? graph.normBias : graph.stream[i - 1].reading.target.logit;
      near(share, reading.target.logit - before, `step ${i} of the depth`);
    });
    near(steps, measured, 'all steps');
    return;
  }
  const { sum } = attribute(graph);
  near(sum, steps, 'summands against the steps of the depth');
  if (softCap === undefined) near(sum, measured, 'summands');
  else if (measure === 'raw') near(softCap * Math.tanh(sum / softCap), measured, 'summands, capped');
  else if (apart) near(sum, attribute(apart[0]).sum - attribute(apart[1]).sum, 'summands against those of both tokens');
}
