/**
 * The logit lens as graphs: final norm, unembedding and everything that is read from the logits, so that [N,V] logits
 * never become JavaScript values.
 */
import type { ModelSpec, NormSpec } from '../architecture/model-spec';
import { GraphBuilder } from './graph-builder';
import type { Value } from './graph-builder';
import { linear, norm, outputColumns, reshape, times, vector } from './layers';
import { DataType } from './proto';
import type { Weights } from './weights';

/** Sizes of a group of tokens, best first. All do well; one that divides the vocabulary spares a copy (50257 = 29·1733). */
const GROUP_SIZES = [29, 30, 28, 31, 27, 32, 26, 33, 25, 34, 24, 35, 36, 37, 38, 39, 40] as const;

const BITS_PER_NAT = 1 / Math.LN2;

/** What rows pass on their way to logits: the final norm and the unembedding with its bias, or the bare unembedding. */
export type LensThrough = 'final norm' | 'unembedding';

/**
 * Inputs: `rows` [N,d]; `target`, `against` [1]; `k` [1], at most V; `direction` [d,1], see `buildTargetGraph`.
 * Outputs are named as in `LensBatch`: lists [N,k], figures [N,1]; `againstLogits` [N,1] are the other token's.
 */
export function buildLensGraph(weights: Weights, spec: ModelSpec, through: LensThrough): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d, vocabSize: V } = spec;
  const rows = b.input('rows', DataType.FLOAT, ['N', d]);
  const target = b.input('target', DataType.INT64, [1]);
  const against = b.input('against', DataType.INT64, [1]);
  const k = b.input('k', DataType.INT64, [1]);
  const direction = b.input('direction', DataType.FLOAT, [d, 1]);
  const figure = (name: string, value: Value) => b.output(name, value, DataType.FLOAT, ['N', 1]);

  const logits = through === 'unembedding' ? times(b, rows, spec.unembed.weight) : linear(b, norm(b, rows, spec.finalNorm), spec.unembed);
  const probabilities = b.op('Softmax', [logits], { axis: -1 });
  const list = (end: 'top' | 'bottom') => {
    const { ids, values } = extremes(b, logits, V, k, end);
    const taken = b.op('GatherElements', [probabilities, ids], { axis: 1 });
    b.output(`${end}Ids`, b.op('Cast', [ids], { to: DataType.INT32 }), DataType.INT32, ['N', 'k']);
    b.output(`${end}Logits`, values, DataType.FLOAT, ['N', 'k']);
    b.output(`${end}Probabilities`, taken, DataType.FLOAT, ['N', 'k']);
    return { values, probabilities: taken };
  };
  const top = list('top');
  list('bottom');

  const targetLogits = b.op('Gather', [logits, target], { axis: 1 });
  figure('targetLogits', targetLogits);
  figure('againstLogits', b.op('Gather', [logits, against], { axis: 1 }));
  figure('targetProbabilities', b.op('Gather', [probabilities, target], { axis: 1 }));
  // Counting by an integer product is exact, and far cheaper than a sum over V.
  const larger = b.op('Cast', [b.op('Greater', [logits, targetLogits])], { to: DataType.UINT8 });
  const count = b.op('MatMulInteger', [larger, b.bytes(new Uint8Array(V).fill(1), [V, 1])]);
  const one = b.op('Cast', [b.ints([1])], { to: DataType.INT32 });
  b.output('targetRanks', b.op('Add', [count, one]), DataType.INT32, ['N', 1]);

  const first = (x: Value) => b.op('Gather', [x, b.ints([0])], { axis: 1 });
  figure('entropies', entropy(b, logits, probabilities, first(top.values), first(top.probabilities)));
  figure('norms', b.op('ReduceL2', [rows, b.ints([1])]));
  figure('shares', b.op('MatMul', [rows, direction]));
  return b.finish('lens');
}

/**
 * Entropy of the softmax in bits. −Σ p·log p = log Σ exp(x − max) − Σ p·(x − max), and log Σ exp(x − max) is −log of the
 * largest probability: no logarithm of V numbers. `largest` and `likeliest` [N,1]: the largest logit and probability.
 */
function entropy(b: GraphBuilder, logits: Value, probabilities: Value, largest: Value, likeliest: Value): Value {
  const expected = b.op('ReduceSum', [b.op('Mul', [probabilities, b.op('Sub', [logits, largest])]), b.ints([1])]);
  const nats = b.op('Neg', [b.op('Add', [b.op('Log', [likeliest]), expected])]);
  // Rounding may leave a certain prediction slightly below zero.
  return b.op('Mul', [b.op('Relu', [nats]), b.floats([BITS_PER_NAT])]);
}

/**
 * The k largest (`top`) or smallest (`bottom`) logits of every row, most extreme first, in two exact steps: the k groups
 * with the most extreme members hold them all, so only those groups' members (and a tail that fills no group) are sorted.
 */
function extremes(
  b: GraphBuilder,
  logits: Value,
  vocabSize: number,
  k: Value,
  end: 'top' | 'bottom',
): { ids: Value; values: Value } {
  const largest = end === 'top' ? 1 : 0;
  const topK = (x: Value, count: Value) =>
    b.ops('TopK', [x, count], { axis: -1, largest, sorted: 1 }, [0, 1]) as [Value, Value];

  const size = GROUP_SIZES.find((candidate) => vocabSize % candidate === 0) ?? GROUP_SIZES[0];
  const groups = Math.floor(vocabSize / size);
  if (groups < 2) {
    const [values, ids] = topK(logits, k);
    return { ids, values };
  }
  const grouped = groups * size;
  const cut = (from: number, to: number) => b.op('Slice', [logits, b.ints([from]), b.ints([to]), b.ints([1])]);
  const members = reshape(b, grouped === vocabSize ? logits : cut(0, grouped), [-1, groups, size]);
  const extreme = b.op(end === 'top' ? 'ReduceMax' : 'ReduceMin', [members, b.ints([2])], { keepdims: 0 });
  const [, chosen] = topK(extreme, b.op('Min', [k, b.ints([groups])]));

  // Ids of the members of the chosen groups: group · size + 0, 1, 2, … [N,m,size]
  const first = b.op('Mul', [b.op('Unsqueeze', [chosen, b.ints([2])]), b.ints([size])]);
  const ids = b.op('Add', [first, b.ints(Array.from({ length: size }, (_, member) => member))]);
  const candidates = reshape(b, ids, [0, -1]);
  const values = b.op('GatherElements', [logits, candidates], { axis: 1 });

  const [allIds, allValues] =
    grouped === vocabSize ? [candidates, values] : withTail(b, candidates, values, cut(grouped, vocabSize), grouped, vocabSize);
  const [best, where] = topK(allValues, k);
  return { ids: b.op('GatherElements', [allIds, where], { axis: 1 }), values: best };
}

/** Adds the tokens that fill no group to the candidates. */
function withTail(
  b: GraphBuilder,
  ids: Value,
  values: Value,
  tail: Value,
  from: number,
  to: number,
): [ids: Value, values: Value] {
  const tailIds = b.ints(Array.from({ length: to - from }, (_, i) => from + i));
  const everyRow = b.op('Expand', [tailIds, b.op('Shape', [tail])]);
  return [b.op('Concat', [ids, everyRow], { axis: 1 }), b.op('Concat', [values, tail], { axis: 1 })];
}

/**
 * What reads a target's logit off a summand of the final stream while the final norm's scale stays frozen.
 *
 * With γ, β the norm's gain and bias, U_t, c_t the target's unembedding and its bias, σ = √(variance + epsilon) of the
 * stream at the frozen position: logit = Σ_summands ⟨x − mean x, γ·U_t⟩ / σ + ⟨β, U_t⟩ + c_t. Subtracting the mean is its
 * own transpose, so the direction is (γ·U_t − mean(γ·U_t)) / σ.
 *
 * Inputs: `anchor` [1,d], the final stream at that position; `target` [n]. Outputs: `direction` [n,d]; `bias` [n,1].
 */
export function buildTargetGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d, finalNorm, unembed } = spec;
  const anchor = b.input('anchor', DataType.FLOAT, [1, d]);
  const target = b.input('target', DataType.INT64, ['n']);
  const column = outputColumns(b, unembed.weight, target);
  const direction = b.op('Div', [centred(b, b.op('Mul', [column, vector(b, finalNorm.gain)])), frozenScale(b, anchor, finalNorm)]);
  b.output('direction', direction, DataType.FLOAT, ['n', d]);

  const ofNorm = finalNorm.bias
    ? b.op('ReduceSum', [b.op('Mul', [column, vector(b, finalNorm.bias)]), b.ints([1])])
    : b.op('Mul', [b.op('ReduceSum', [column, b.ints([1])]), b.floats([0])]);
  const ofUnembed = unembed.bias
    ? b.op('Unsqueeze', [b.op('Gather', [vector(b, unembed.bias), target], { axis: 0 }), b.ints([1])])
    : b.floats([0], [1, 1]);
  b.output('bias', b.op('Add', [ofNorm, ofUnembed]), DataType.FLOAT, ['n', 1]);
  return b.finish('target');
}

/**
 * Summands of the final stream as they pass the final norm, its scale frozen, its bias left out: (x − mean x)·γ / σ.
 *
 * Inputs: `rows` [N,d]; `anchor` [1,d], the final stream at the position whose scale is frozen. Output: `frozen` [N,d].
 */
export function buildFrozenNormGraph(weights: Weights, { dModel: d, finalNorm }: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const rows = b.input('rows', DataType.FLOAT, ['N', d]);
  const anchor = b.input('anchor', DataType.FLOAT, [1, d]);
  const gained = b.op('Mul', [centred(b, rows), vector(b, finalNorm.gain)]);
  b.output('frozen', b.op('Div', [gained, frozenScale(b, anchor, finalNorm)]), DataType.FLOAT, ['N', d]);
  return b.finish('frozen norm');
}

function centred(b: GraphBuilder, x: Value): Value {
  return b.op('Sub', [x, b.op('ReduceMean', [x, b.ints([1])])]);
}

/** What the norm divides the row `anchor` by. [1,1] */
function frozenScale(b: GraphBuilder, anchor: Value, { epsilon }: NormSpec): Value {
  const variance = b.op('ReduceMean', [b.op('Mul', [centred(b, anchor), centred(b, anchor)]), b.ints([1])]);
  return b.op('Sqrt', [b.op('Add', [variance, b.floats([epsilon])])]);
}

/** The end of the trace. Input: `resid_post` [T,d] of the last block. Outputs: `normalized` [T,d], `logits` [T,V]. */
export function buildUnembedGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const normalized = norm(b, b.input('resid_post', DataType.FLOAT, ['T', spec.dModel]), spec.finalNorm);
  b.output('normalized', normalized, DataType.FLOAT, ['T', spec.dModel]);
  b.output('logits', linear(b, normalized, spec.unembed), DataType.FLOAT, ['T', spec.vocabSize]);
  return b.finish('unembed');
}
