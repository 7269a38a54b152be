/**
 * The logit lens as graphs: final norm, unembedding and everything that is read from the logits, so that [N,V] logits
 * never become JavaScript values.
 */
import type { ModelSpec, NormSpec, UnembeddingSpec, VectorSpec } from '../../model/architecture/model-spec';
import { GraphBuilder } from './graph-builder';
import type { Value } from './graph-builder';
import {
  centred,
  linear,
  norm,
  normGain,
  normScale,
  outputColumns,
  projected,
  reshape,
  scaled,
  softCapped,
  times,
  timesTransposed,
  vector,
} from './layers';
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

  const logits =
    through === 'unembedding' ? unembedBare(b, rows, spec.unembedding) : unembed(b, norm(b, rows, spec.unembedding.norm), spec.unembedding);
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

/** Logit contributions of summands of the normed stream: no biases, and nothing that is not linear. [N,d] → [N,V] */
function unembedBare(b: GraphBuilder, rows: Value, { projection, table, scale }: UnembeddingSpec): Value {
  return scaled(b, times(b, projection ? times(b, rows, projection.weight) : rows, table.weight), scale);
}

/** From the normed stream to logits. [N,d] → [N,V] */
function unembed(b: GraphBuilder, normed: Value, { projection, table, scale, softCap }: UnembeddingSpec): Value {
  return softCapped(b, scaled(b, linear(b, projected(b, normed, projection), table), scale), softCap);
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
function extremes(b: GraphBuilder, logits: Value, vocabSize: number, k: Value, end: 'top' | 'bottom'): { ids: Value; values: Value } {
  const largest = end === 'top' ? 1 : 0;
  const topK = (x: Value, count: Value) => b.ops('TopK', [x, count], { axis: -1, largest, sorted: 1 }, [0, 1]) as [Value, Value];

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
function withTail(b: GraphBuilder, ids: Value, values: Value, tail: Value, from: number, to: number): [ids: Value, values: Value] {
  const tailIds = b.ints(Array.from({ length: to - from }, (_, i) => from + i));
  const everyRow = b.op('Expand', [tailIds, b.op('Shape', [tail])]);
  return [b.op('Concat', [ids, everyRow], { axis: 1 }), b.op('Concat', [values, tail], { axis: 1 })];
}

/**
 * What reads a target's logit off a summand of the final stream while the final norm's scale stays frozen.
 *
 * With γ, β the norm's gain and bias, U_t, c_t the target's unembedding (through the projection, times the logits' scale)
 * and its bias, σ the norm's scale of the stream at the frozen position: logit = Σ_summands ⟨x − mean x, γ·U_t⟩ / σ +
 * ⟨β, U_t⟩ + c_t. Subtracting the mean is its own transpose, so the direction is (γ·U_t − mean(γ·U_t)) / σ; an `rms` norm
 * subtracts no mean. A soft-cap is not linear: the shares sum to the logit in front of it.
 *
 * Inputs: `anchor` [1,d], the final stream at that position; `target` [n]. Outputs: `direction` [n,d]; `bias` [n,1].
 */
export function buildTargetGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d } = spec;
  const { norm: finalNorm, projection, table, scale } = spec.unembedding;
  const anchor = b.input('anchor', DataType.FLOAT, [1, d]);
  const target = b.input('target', DataType.INT64, ['n']);

  const row = scaled(b, outputColumns(b, table.weight, target), scale);
  const column = projection ? timesTransposed(b, row, projection.weight) : row;
  const direction = finalNorm ? b.op('Div', [backThrough(b, column, finalNorm), normScale(b, anchor, finalNorm)]) : column;
  b.output('direction', direction, DataType.FLOAT, ['n', d]);

  const product = (x: Value, bias: VectorSpec | undefined) =>
    bias ? [b.op('ReduceSum', [b.op('Mul', [x, vector(b, bias)]), b.ints([1])])] : [];
  const ofTable = table.bias
    ? [scaled(b, b.op('Unsqueeze', [b.op('Gather', [vector(b, table.bias), target], { axis: 0 }), b.ints([1])]), scale)]
    : [];
  const none = b.op('Expand', [b.floats([0]), b.op('Concat', [b.op('Shape', [target]), b.ints([1])], { axis: 0 })]);
  b.output(
    'bias',
    b.op('Sum', [none, ...product(column, finalNorm?.bias), ...product(row, projection?.bias), ...ofTable]),
    DataType.FLOAT,
    ['n', 1],
  );
  return b.finish('target');
}

/** The transpose of a norm's linear part, its scale left out. [n,d] → the same */
function backThrough(b: GraphBuilder, x: Value, spec: NormSpec): Value {
  const gained = b.op('Mul', [x, normGain(b, spec)]);
  return spec.kind === 'layer' ? centred(b, gained) : gained;
}

/**
 * Summands of the final stream as they pass the final norm, its scale frozen, its bias left out: (x − mean x)·γ / σ, or
 * without the mean for an `rms` norm.
 *
 * Inputs: `rows` [N,d]; `anchor` [1,d], the final stream at the position whose scale is frozen. Output: `frozen` [N,d].
 */
export function buildFrozenNormGraph(weights: Weights, d: number, norm: NormSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const rows = b.input('rows', DataType.FLOAT, ['N', d]);
  const anchor = b.input('anchor', DataType.FLOAT, [1, d]);
  const gained = b.op('Mul', [norm.kind === 'layer' ? centred(b, rows) : rows, normGain(b, norm)]);
  b.output('frozen', b.op('Div', [gained, normScale(b, anchor, norm)]), DataType.FLOAT, ['N', d]);
  return b.finish('frozen norm');
}

/** The final norm alone. Input: `resid_post` [T,d] of the last block. Output: `normalized` [T,d]. */
export function buildFinalNormGraph(weights: Weights, d: number, spec: NormSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  b.output('normalized', norm(b, b.input('resid_post', DataType.FLOAT, ['T', d]), spec), DataType.FLOAT, ['T', d]);
  return b.finish('final norm');
}

/**
 * The end of the trace. Input: `resid_post` [T,d] of the last block. Outputs: `normalized` [T,d] where there is a final
 * norm, `logits` [T,V].
 */
export function buildUnembedGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const normalized = norm(b, b.input('resid_post', DataType.FLOAT, ['T', spec.dModel]), spec.unembedding.norm);
  if (spec.unembedding.norm) b.output('normalized', normalized, DataType.FLOAT, ['T', spec.dModel]);
  b.output('logits', unembed(b, normalized, spec.unembedding), DataType.FLOAT, ['T', spec.vocabSize]);
  return b.finish('unembed');
}
