/** A mixture of experts: the router, the experts that it chooses, and the one that all positions share. */
import {
  allNeurons,
  expertWidth,
  type ExpertWeighting,
  type MixtureSpec,
  type MlpSpec,
  type RouterSpec,
  type SparseMixerSpec,
} from '../../model/architecture/model-spec';
import { scaled } from './elementwise';
import { expertActivations, writtenByExpert } from './expert-bias';
import { routedRows, throughExperts, type RoutedRows } from './experts';
import { neurons, type NeuronValues } from './neurons';
import type { GraphBuilder, Value } from './graph-builder';
import { linear, times, vector } from './products';
import { DataType } from './proto';
import { range, reshape, rowCount, scalar } from './shapes';

/** Where n positions go. */
export interface Routing {
  /** [n,E] */
  readonly logits: Value;
  /** [n,E] score of each expert: its probability, or the sigmoid of its logit */
  readonly scores: Value;
  /** [n,K] scores of the chosen ones */
  readonly chosen: Value;
  /** [n,K] 64-bit integers: the chosen experts, in the order in which they were chosen */
  readonly experts: Value;
  /** [n,K] what their outputs are multiplied with */
  readonly weights: Value;
  /** [n·K,1] what each reads is multiplied with; null: 1 */
  readonly ofInput: Value | null;
  /** n·K rows, position by position */
  readonly rows: RoutedRows;
}

/** @param x [n,d] what the layer reads */
export function route(b: GraphBuilder, router: RouterSpec, x: Value): Routing {
  const { layer, chosen: K, weighting } = router;
  const logits = linear(b, x, layer);
  const scores = router.scores === 'sigmoid' ? b.op('Sigmoid', [logits]) : b.op('Softmax', [logits], { axis: -1 });
  const [best, experts] = largest(b, scoresForChoice(b, router, scores), K);
  const isBiased = router.correction !== undefined;
  const chosen = isBiased ? b.op('GatherElements', [scores, experts], { axis: 1 }) : best;
  const weights = scaled(b, weightsOf(b, weighting, { logits, chosen, experts, K }), router.scale);
  const ofInput = weighting === 'input' ? reshape(b, chosen, [-1, 1]) : null;
  return { logits, scores, chosen, experts, weights, ofInput, rows: routedRows(b, reshape(b, experts, [-1]), layer.weight.outputs) };
}

/** The k largest numbers of every row, in order, and where they are. [n,m] → [n,k] each */
function largest(b: GraphBuilder, x: Value, k: number): [Value, Value] {
  return b.ops('TopK', [x, b.ints([k])], { axis: -1, largest: 1, sorted: 1 }, [0, 1]) as [Value, Value];
}

/** By what experts are chosen: their scores, corrected, and −∞ for those of groups that are not among the best. [n,E] */
function scoresForChoice(b: GraphBuilder, { correction, groups, layer }: RouterSpec, scores: Value): Value {
  const corrected = correction ? b.op('Add', [scores, vector(b, correction)]) : scores;
  if (groups === undefined || groups.chosen === groups.count) return corrected;
  const size = layer.weight.outputs / groups.count;
  const [best] = largest(b, reshape(b, corrected, [-1, groups.count, size]), groups.judgedBy);
  const ofGroups = b.op('ReduceSum', [best, b.ints([-1])], { keepdims: 0 });
  const [, places] = largest(b, ofGroups, groups.chosen);
  const none = b.op('Expand', [b.floats([0]), b.op('Shape', [ofGroups])]);
  const ones = b.op('Expand', [b.floats([1]), b.op('Shape', [places])]);
  const isBest = b.op('Cast', [b.op('ScatterElements', [none, places, ones], { axis: 1 })], { to: DataType.BOOL });
  const seen = b.op('Where', [
    b.op('Unsqueeze', [isBest, b.ints([2])]),
    reshape(b, corrected, [-1, groups.count, size]),
    b.scalar(-Infinity),
  ]);
  return reshape(b, seen, [-1, layer.weight.outputs]);
}

/** [n,K] what the outputs of the chosen experts are multiplied with. */
function weightsOf(
  b: GraphBuilder,
  weighting: ExpertWeighting,
  { logits, chosen, experts, K }: Pick<Routing, 'logits' | 'chosen' | 'experts'> & { readonly K: number },
): Value {
  if (weighting === 'probability') return chosen;
  if (weighting === 'input') return b.op('Expand', [b.floats([1]), b.op('Shape', [chosen])]);
  if (weighting === 'renormalised') return b.op('Div', [chosen, b.op('ReduceSum', [chosen, b.ints([-1])], { keepdims: 1 })]);
  const each = contests(b, weighting, { logits, experts, K }).map(({ probabilities, expert }) =>
    b.op('GatherElements', [probabilities, expert], { axis: 1 }),
  );
  return each.length === 1 ? each[0] : b.op('Concat', each, { axis: 1 });
}

/** An expert, and those that it was chosen among. */
export interface Contest {
  /** [n,E] 0 for those that do not count */
  readonly probabilities: Value;
  /** [n,1] the chosen one */
  readonly expert: Value;
}

/** The choices of SparseMixer, one after the other; see `SparseMixerSpec`. */
export function contests(
  b: GraphBuilder,
  { tolerance }: SparseMixerSpec,
  { logits, experts, K }: Pick<Routing, 'logits' | 'experts'> & { readonly K: number },
): readonly Contest[] {
  const out = b.floats([-Infinity]);
  const magnitudes = b.op('Abs', [logits]);
  let left = logits;
  return Array.from({ length: K }, (_, k) => {
    const expert = b.op('Slice', [experts, b.ints([k]), b.ints([k + 1]), b.ints([1])]);
    const best = b.op('GatherElements', [logits, expert], { axis: 1 });
    const distance = b.op('Div', [b.op('Sub', [best, logits]), b.op('Max', [magnitudes, best])]);
    const near = b.op('Where', [b.op('Greater', [distance, b.floats([tolerance])]), out, left]);
    left = b.op('ScatterElements', [left, expert, b.op('Expand', [out, b.op('Shape', [expert])])], { axis: 1 });
    return { probabilities: b.op('Softmax', [near], { axis: -1 }), expert };
  });
}

/** The neurons that are at work, for n positions. */
export interface MixtureNeurons {
  readonly routing: Routing;
  /** [n·K,F] activations of the chosen experts' neurons, not yet weighted */
  readonly activations: Value;
  readonly shared: {
    readonly neurons: NeuronValues;
    /** [n,1] what its output is multiplied with; null: 1 */ readonly weight: Value | null;
  } | null;
  /** [n, K·F + F of the shared expert] activation times the weight of its expert */
  readonly coefficients: Value;
}

/** @param x [n,d] what the layer reads */
export function mixtureNeurons(b: GraphBuilder, spec: MixtureSpec, x: Value): MixtureNeurons {
  const { router, experts, shared } = spec;
  const width = expertWidth(experts[0]);
  const K = router.chosen;
  const routing = route(b, router, x);
  const activations = throughExperts(b, routing.rows, experts.length, width, (e, rows) =>
    expertActivations(b, experts[e], readByExpert(b, routing, x, rows, K)),
  );
  const weighted = reshape(b, b.op('Mul', [activations, reshape(b, routing.weights, [-1, 1])]), [-1, K * width]);
  if (!shared) return { routing, activations, shared: null, coefficients: weighted };
  const own = neurons(b, shared.mlp, x);
  const weight = shared.gate ? b.op('Sigmoid', [linear(b, x, shared.gate)]) : null;
  const written = weight ? b.op('Mul', [own.coefficients, weight]) : own.coefficients;
  return { routing, activations, shared: { neurons: own, weight }, coefficients: b.op('Concat', [weighted, written], { axis: 1 }) };
}

/** What experts read at some of the rows of which each position has K. @param x [n,d] what the layer reads @returns [rows,d] */
export function readByExpert(b: GraphBuilder, { ofInput }: Routing, x: Value, rows: Value, K: number): Value {
  const read = b.op('Gather', [x, positionsOf(b, rows, K)], { axis: 0 });
  return ofInput ? b.op('Mul', [read, b.op('Gather', [ofInput, rows], { axis: 0 })]) : read;
}

/** The positions of rows of which each position has K. [n] indices of rows → [n] */
export function positionsOf(b: GraphBuilder, rows: Value, K: number): Value {
  return b.op('Div', [rows, b.ints([K])]);
}

/** The parts of coefficients [n, K·F + F of the shared expert]: of the chosen experts [n·K,F], and of the shared one. */
export function coefficientParts(
  b: GraphBuilder,
  { router, experts, shared }: MixtureSpec,
  coefficients: Value,
): { readonly chosen: Value; readonly shared: Value | null } {
  const [K, width] = [router.chosen, expertWidth(experts[0])];
  if (!shared) return { chosen: reshape(b, coefficients, [-1, width]), shared: null };
  const [chosen, rest] = b.ops('Split', [coefficients, b.ints([K * width, shared.mlp.dMlp])], { axis: 1 }, [0, 1]);
  return { chosen: reshape(b, chosen, [-1, width]), shared: rest };
}

/**
 * What each chosen expert writes, given its neurons' coefficients.
 *
 * @param rows m rows of experts
 * @param coefficients [m,F] → [m,d]
 */
function writtenByExperts(b: GraphBuilder, experts: readonly MlpSpec[], rows: RoutedRows, coefficients: Value): Value {
  const d = experts[0].down.weight.outputs;
  return throughExperts(b, rows, experts.length, d, (e, own) =>
    writtenByExpert(b, experts[e], b.op('Gather', [coefficients, own], { axis: 0 })),
  );
}

/**
 * What each expert at n positions writes, given its neurons' coefficients: the chosen ones, and then the shared one.
 *
 * @param rows n·K rows of experts
 * @param coefficients [n, K·F + F of the shared expert] → [n, K or K + 1, d]
 */
export function writtenByEach(b: GraphBuilder, spec: MixtureSpec, rows: RoutedRows, coefficients: Value): Value {
  const { experts, shared, router } = spec;
  const d = experts[0].down.weight.outputs;
  const parts = coefficientParts(b, spec, coefficients);
  const chosen = reshape(b, writtenByExperts(b, experts, rows, parts.chosen), [-1, router.chosen, d]);
  if (!shared || !parts.shared) return chosen;
  return b.op('Concat', [chosen, reshape(b, times(b, parts.shared, shared.mlp.down.weight), [-1, 1, d])], { axis: 1 });
}

/** What the layer yields, given its neurons' coefficients. [n, K·F + F of the shared expert] → [n,d] */
export function yieldedByMixture(b: GraphBuilder, spec: MixtureSpec, { rows }: Routing, coefficients: Value): Value {
  const { experts, shared, router } = spec;
  const d = experts[0].down.weight.outputs;
  const parts = coefficientParts(b, spec, coefficients);
  const written = reshape(b, writtenByExperts(b, experts, rows, parts.chosen), [-1, router.chosen, d]);
  const yielded = b.op('ReduceSum', [written, b.ints([1])], { keepdims: 0 });
  return shared && parts.shared ? b.op('Add', [yielded, linear(b, parts.shared, shared.mlp.down)]) : yielded;
}

/**
 * Of numbers for every neuron of the layer those for the neurons that are at work.
 *
 * @param whole [r,W], as `allNeurons` counts them, with one row for all n positions, or a row for each
 * @returns [n, K·F + F of the shared expert]
 */
export function ofNeuronsAtWork(b: GraphBuilder, spec: MixtureSpec, { experts: chosen }: Routing, whole: Value): Value {
  const { experts, shared, router } = spec;
  const width = expertWidth(experts[0]);
  const [E, K] = [experts.length, router.chosen];
  const end = E * width;
  const slice = (from: number, to: number) => b.op('Slice', [whole, b.ints([from]), b.ints([to]), b.ints([1])]);
  const position = range(b, 0, scalar(b, rowCount(b, chosen)));
  const row = reshape(b, b.op('Mod', [position, rowCount(b, whole)]), [-1, 1]);
  const at = b.op('Add', [b.op('Mul', [row, b.ints([E])]), chosen]);
  const taken = b.op('Gather', [reshape(b, slice(0, end), [-1, width]), reshape(b, at, [-1])], { axis: 0 });
  const ofChosen = reshape(b, taken, [-1, K * width]);
  if (!shared) return ofChosen;
  const rows = b.op('Concat', [rowCount(b, chosen), b.ints([shared.mlp.dMlp])], { axis: 0 });
  return b.op('Concat', [ofChosen, b.op('Expand', [slice(end, allNeurons(spec)), rows])], { axis: 1 });
}
