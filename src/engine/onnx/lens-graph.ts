/**
 * The logit lens as graphs: final norm, unembedding and everything that is read from the logits, so that [N,V] logits
 * never become JavaScript values.
 */
import type { ModelSpec, NormSpec, UnembeddingSpec } from '../../model/architecture/model-spec';
import { scaled, softCapped } from './elementwise';
import { extremes, type Ranked } from './extremes';
import { GraphBuilder, type Value } from './graph-builder';
import { norm } from './norms';
import { linear, projected, times } from './products';
import { DataType } from './proto';
import { rowsInTurn } from './rows-in-turn';
import type { Weights } from './weights';

const BITS_PER_NAT = 1 / Math.LN2;

/** What rows pass on their way to logits: the final norm and the unembedding with its bias, or the bare unembedding. */
export type LensThrough = 'final norm' | 'unembedding';

/** Logits that are looked at together: about what a core's own cache holds, so that each step finds there what the one before it made. */
const LOGITS_AT_ONCE = 2 ** 18;

/** What a row of `readings` begins with, each k numbers wide; named as in `LensBatch`. */
export const READ_LISTS = ['topIds', 'topLogits', 'topProbabilities', 'bottomIds', 'bottomLogits', 'bottomProbabilities'] as const;
/** What it ends with, each one number; `againstLogits` are the other token's. */
export const READ_FIGURES = ['targetLogits', 'againstLogits', 'targetProbabilities', 'targetRanks', 'entropies'] as const;

/**
 * Inputs: `mapped` [N,d], vectors as a lens maps them; `target`, `against` [1]; `predicting` [1], the row whose most likely token is the
 * target where `target` is −1; `k` [1], at most V. Outputs: `readings` [N,6k+5], the columns of `READ_LISTS` and `READ_FIGURES`, ids and
 * ranks among them as floats, which are exact up to 16 million; `chosen` [1], the target.
 */
export function buildLensGraph(weights: Weights, spec: ModelSpec, through: LensThrough): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d, vocabSize } = spec;
  const mapped = b.input('mapped', DataType.FLOAT, ['N', d]);
  const given = b.input('target', DataType.INT64, [1]);
  const against = b.input('against', DataType.INT64, [1]);
  const predicting = b.input('predicting', DataType.INT64, [1]);
  const k = b.input('k', DataType.INT64, [1]);

  const logits =
    through === 'unembedding'
      ? unembedBare(b, mapped, spec.unembedding)
      : unembed(b, norm(b, mapped, spec.unembedding.norm), spec.unembedding);
  const predicted = b.op('ArgMax', [b.op('Gather', [logits, predicting], { axis: 0 })], { axis: 1, keepdims: 0 });
  const target = b.op('Where', [b.op('Less', [given, b.ints([0])]), predicted, given]);
  b.output('chosen', b.op('Cast', [target], { to: DataType.INT32 }), DataType.INT32, [1]);
  const atOnce = Math.max(1, Math.round(LOGITS_AT_ONCE / vocabSize));
  const readings = rowsInTurn(b, logits, atOnce, (rows) => readLogits(b, { logits: rows, vocabSize, k }, { target, against }));
  b.output('readings', readings, DataType.FLOAT, ['N', 'columns']);
  return b.finish('lens');
}

/** What is read from rows of logits. [n,V] → [n,6k+5], the columns of `readings` */
function readLogits(b: GraphBuilder, ranked: Ranked, tokens: { readonly target: Value; readonly against: Value }): Value {
  const { logits } = ranked;
  const probabilities = b.op('Softmax', [logits], { axis: -1 });
  const float = (x: Value) => b.op('Cast', [x], { to: DataType.FLOAT });
  const list = (end: 'top' | 'bottom') => {
    const { ids, values } = extremes(b, ranked, end);
    return { ids: float(ids), logits: values, probabilities: b.op('GatherElements', [probabilities, ids], { axis: 1 }) };
  };
  const [top, bottom] = [list('top'), list('bottom')];
  const of = (x: Value, token: Value) => b.op('Gather', [x, token], { axis: 1 });
  const targetLogits = of(logits, tokens.target);
  // A sum of ones is exact up to 16 million.
  const larger = b.op('ReduceSum', [float(b.op('Greater', [logits, targetLogits])), b.ints([1])]);
  const first = (x: Value) => of(x, b.ints([0]));
  const columns: Readonly<Record<(typeof READ_LISTS)[number] | (typeof READ_FIGURES)[number], Value>> = {
    topIds: top.ids,
    topLogits: top.logits,
    topProbabilities: top.probabilities,
    bottomIds: bottom.ids,
    bottomLogits: bottom.logits,
    bottomProbabilities: bottom.probabilities,
    targetLogits,
    againstLogits: of(logits, tokens.against),
    targetProbabilities: of(probabilities, tokens.target),
    targetRanks: b.op('Add', [larger, b.floats([1])]),
    entropies: entropy(b, { logits, probabilities, largest: { logit: first(top.logits), probability: first(top.probabilities) } }),
  };
  return b.op(
    'Concat',
    [...READ_LISTS, ...READ_FIGURES].map((name) => columns[name]),
    { axis: 1 },
  );
}

/** Logit contributions of summands of the normed stream: no biases, and nothing that is not linear. [N,d] → [N,V] */
function unembedBare(b: GraphBuilder, rows: Value, { projection, table, scale }: UnembeddingSpec): Value {
  return scaled(b, times(b, projection ? times(b, rows, projection.weight) : rows, table.weight), scale);
}

/** From the normed stream to logits. [N,d] → [N,V] */
export function unembed(b: GraphBuilder, normed: Value, { projection, table, scale, softCap }: UnembeddingSpec): Value {
  return softCapped(b, scaled(b, linear(b, projected(b, normed, projection), table), scale), softCap);
}

/** Predictions [N,V], and the largest logit and probability of each row [N,1]. */
interface Distribution {
  readonly logits: Value;
  readonly probabilities: Value;
  readonly largest: { readonly logit: Value; readonly probability: Value };
}

/**
 * Entropy of the softmax in bits. −Σ p·log p = log Σ exp(x − max) − Σ p·(x − max), and log Σ exp(x − max) is −log of the
 * largest probability: no logarithm of V numbers. → [N,1]
 */
function entropy(b: GraphBuilder, { logits, probabilities, largest }: Distribution): Value {
  const expected = b.op('ReduceSum', [b.op('Mul', [probabilities, b.op('Sub', [logits, largest.logit])]), b.ints([1])]);
  const nats = b.op('Neg', [b.op('Add', [b.op('Log', [largest.probability]), expected])]);
  // Rounding may leave a certain prediction slightly below zero.
  return b.op('Mul', [b.op('Relu', [nats]), b.floats([BITS_PER_NAT])]);
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
