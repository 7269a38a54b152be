/**
 * The logit lens as graphs: final norm, unembedding and everything that is read from the logits, so that [N,V] logits
 * never become JavaScript values.
 */
import type { ModelSpec, NormSpec, UnembeddingSpec } from '../../model/architecture/model-spec';
import { scaled, softCapped } from './elementwise';
import { extremeOfGroups, extremes, groupsOf, largestOf, type End, type Ranked } from './extremes';
import { GraphBuilder, type Value } from './graph-builder';
import { norm } from './norms';
import { linear, linearWithMean, projected, times } from './products';
import { DataType } from './proto';
import { filled, rowsInTurn, turnsOf, unfilled, type Turns } from './rows-in-turn';
import { scalar } from './shapes';
import type { Weights } from './weights';

/** What a nat is in bits. */
export const BITS_PER_NAT = 1 / Math.LN2;

/** What rows pass on their way to logits: the final norm and the unembedding with its bias, or the bare unembedding. */
export type LensThrough = 'final norm' | 'unembedding';

/** Logits that are looked at together: about what a core's own cache holds, so that each step finds there what the one before it made. */
const LOGITS_AT_ONCE = 2e5;

/** How many rows these are. */
export function rowsAtOnce(vocabSize: number): number {
  return Math.max(1, Math.round(LOGITS_AT_ONCE / vocabSize));
}

/** What a row of `readings` begins with, each k numbers wide; named as in `LensBatch`. */
export const READ_LISTS = ['topIds', 'topLogits', 'topProbabilities', 'bottomIds', 'bottomLogits', 'bottomProbabilities'] as const;
/** What it ends with, each one number; `againstLogits` are the other token's. */
export const READ_FIGURES = ['targetLogits', 'againstLogits', 'targetProbabilities', 'targetRanks', 'entropies'] as const;

/**
 * Inputs: `mapped` [N,d], vectors as a lens maps them; `target`, `against` [1]; `predicting` [1], the row whose most likely token is the
 * target where `target` is −1; `k` [1], at most V; `mean` [1], whether the mean token is wanted. Outputs: `readings` [N,6k+5], the columns of `READ_LISTS` and `READ_FIGURES`, ids and
 * ranks among them as floats, which are exact up to 16 million; `chosen` [1], the target; `mean_row` [1,w], the mean token’s (see `buildMeanTokenGraph`), where
 * the vocabulary is quantised and has no bias.
 */
export function buildLensGraph(weights: Weights, spec: ModelSpec, through: LensThrough): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d, vocabSize } = spec;
  const mapped = b.input('mapped', DataType.FLOAT, ['N', d]);
  const given = b.input('target', DataType.INT64, [1]);
  const against = b.input('against', DataType.INT64, [1]);
  const predicting = b.input('predicting', DataType.INT64, [1]);
  const k = b.input('k', DataType.INT64, [1]);
  const meanWanted = b.op('Cast', [scalar(b, b.input('mean', DataType.INT64, [1]))], { to: DataType.BOOL });

  const turns = turnsOf(b, mapped, rowsAtOnce(vocabSize));
  const rows = filled(b, mapped, turns);
  const { logits, mean } =
    through === 'unembedding'
      ? { logits: unembedBare(b, rows, spec.unembedding), mean: null }
      : unembedWithMean(b, norm(b, rows, spec.unembedding.norm), spec.unembedding, meanWanted);
  if (mean) b.output('mean_row', mean, DataType.FLOAT, [1, spec.unembedding.table.weight.inputs]);
  const predicted = b.op('ArgMax', [b.op('Gather', [logits, predicting], { axis: 0 })], { axis: 1, keepdims: 0 });
  const target = b.op('Where', [b.op('Less', [given, b.ints([0])]), predicted, given]);
  b.output('chosen', b.op('Cast', [target], { to: DataType.INT32 }), DataType.INT32, [1]);
  const readings = readLogits(b, { logits, vocabSize, k }, turns, { target, against });
  b.output('readings', unfilled(b, readings, turns), DataType.FLOAT, ['N', 'columns']);
  return b.finish('lens');
}

/** What is read from rows of logits. [N,V] → [N,6k+5], the columns of `readings` */
function readLogits(b: GraphBuilder, ranked: Ranked, turns: Turns, tokens: { readonly target: Value; readonly against: Value }): Value {
  const { logits, vocabSize } = ranked;
  const groups = groupsOf(vocabSize);
  const of = (token: Value) => b.op('Gather', [logits, token], { axis: 1 });
  const targetLogits = of(tokens.target);
  // What needs every logit is computed while a few rows of them are in the cache; all else from what this leaves.
  const [distribution, ...ofGroups] = rowsInTurn(b, [logits, targetLogits], turns, ([some, theirTarget]) => {
    const ends = groups ? (['top', 'bottom'] as const).map((end) => extremeOfGroups(b, some, vocabSize, groups, end)) : [];
    return [distributionOf(b, some, largestOf(b, some, vocabSize, ends[0] ?? null), theirTarget), ...ends];
  });
  const [largest, sum, expected, larger] = b.ops('Split', [distribution], { axis: 1, num_outputs: 4 }, [0, 1, 2, 3]);
  const probability = (logit: Value) => b.op('Div', [b.op('Exp', [b.op('Sub', [logit, largest])]), sum]);
  const list = (end: End) => {
    const { ids, values } = extremes(b, ranked, ofGroups[end === 'top' ? 0 : 1] ?? null, end);
    return { ids: b.op('Cast', [ids], { to: DataType.FLOAT }), logits: values, probabilities: probability(values) };
  };
  const [top, bottom] = [list('top'), list('bottom')];
  const columns: Readonly<Record<(typeof READ_LISTS)[number] | (typeof READ_FIGURES)[number], Value>> = {
    topIds: top.ids,
    topLogits: top.logits,
    topProbabilities: top.probabilities,
    bottomIds: bottom.ids,
    bottomLogits: bottom.logits,
    bottomProbabilities: bottom.probabilities,
    targetLogits,
    againstLogits: of(tokens.against),
    targetProbabilities: probability(targetLogits),
    targetRanks: b.op('Add', [larger, b.floats([1])]),
    entropies: entropy(b, sum, expected),
  };
  return b.op(
    'Concat',
    [...READ_LISTS, ...READ_FIGURES].map((name) => columns[name]),
    { axis: 1 },
  );
}

/**
 * What a row of logits comes to, with x a logit less the largest one: the largest, Σ exp x, Σ x·exp x, and how many logits are larger
 * than the target's.
 *
 * @param logits [n,V] @param largest [n,1] @param targetLogits [n,1] @returns [n,4]
 */
function distributionOf(b: GraphBuilder, logits: Value, largest: Value, targetLogits: Value): Value {
  const sum = (x: Value) => b.op('ReduceSum', [x, b.ints([1])]);
  const less = b.op('Sub', [logits, largest]);
  const powers = b.op('Exp', [less]);
  // A sum of ones is exact up to 16 million.
  const larger = sum(b.op('Cast', [b.op('Greater', [logits, targetLogits])], { to: DataType.FLOAT }));
  return b.op('Concat', [largest, sum(powers), sum(b.op('Mul', [powers, less])), larger], { axis: 1 });
}

/** Logit contributions of summands of the normed stream: no biases, and nothing that is not linear. [N,d] → [N,V] */
function unembedBare(b: GraphBuilder, rows: Value, { projection, table, scale }: UnembeddingSpec): Value {
  return scaled(b, times(b, projection ? times(b, rows, projection.weight) : rows, table.weight), scale);
}

/** From the normed stream to logits. [N,d] → [N,V] */
export function unembed(b: GraphBuilder, normed: Value, { projection, table, scale, softCap }: UnembeddingSpec): Value {
  return softCapped(b, scaled(b, linear(b, projected(b, normed, projection), table), scale), softCap);
}

/** The same, with the mean token's row (see `buildMeanTokenGraph`) where it is available on the way. @param wanted whether that is computed */
function unembedWithMean(b: GraphBuilder, normed: Value, { projection, table, scale, softCap }: UnembeddingSpec, wanted: Value) {
  const { product, mean } = linearWithMean(b, projected(b, normed, projection), table, wanted);
  return { logits: softCapped(b, scaled(b, product, scale), softCap), mean: mean && !table.bias ? scaled(b, mean, scale) : null };
}

/** Entropy of the softmax in bits: −Σ p·log p = log Σ exp x − Σ x·exp x / Σ exp x. [N,1] each */
function entropy(b: GraphBuilder, sum: Value, expected: Value): Value {
  const nats = b.op('Sub', [b.op('Log', [sum]), b.op('Div', [expected, sum])]);
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
