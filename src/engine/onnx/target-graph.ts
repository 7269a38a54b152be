/** Graphs that take a logit apart: what reads it off the summands of the final stream, and those summands past the final norm. */
import type { ModelSpec, NormSpec, VectorSpec } from '../../model/architecture/model-spec';
import { scaled } from './elementwise';
import { GraphBuilder, type Value } from './graph-builder';
import { centred, normGain, normScale } from './norms';
import { outputColumns, timesTransposed, vector } from './products';
import { DataType } from './proto';
import type { Weights } from './weights';

/** Each token's equal part in a mean over a vocabulary, as the input of `buildMeanTokenGraph` wants it. [V] */
export function equalParts(vocabSize: number): Float32Array {
  return new Float32Array(vocabSize).fill(1 / vocabSize);
}

/**
 * The mean of the unembeddings of the whole vocabulary, scaled as logits are: what is added to every logit alike.
 *
 * Input: `parts` [1,V], each token's part in the mean. Outputs: `row` [1,w], where w is the width that the table reads, and `bias`
 * [1,1].
 */
export function buildMeanTokenGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { table, scale } = spec.unembedding;
  const parts = b.input('parts', DataType.FLOAT, [1, spec.vocabSize]);
  b.output('row', scaled(b, timesTransposed(b, parts, table.weight), scale), DataType.FLOAT, [1, table.weight.inputs]);
  const ofTable = table.bias ? scaled(b, b.op('ReduceSum', [b.op('Mul', [parts, vector(b, table.bias)]), b.ints([1])]), scale) : null;
  b.output('bias', ofTable ?? b.op('Reshape', [b.floats([0]), b.ints([1, 1])]), DataType.FLOAT, [1, 1]);
  return b.finish('mean token');
}

/**
 * What reads a target's logit off a summand of the final stream while the final norm's scale stays frozen.
 *
 * With γ, β the norm's gain and bias, U_t, c_t the target's unembedding (through the projection, times the logits' scale)
 * and its bias, σ the norm's scale of the stream at the frozen position: logit = Σ_summands ⟨x − mean x, γ·U_t⟩ / σ +
 * ⟨β, U_t⟩ + c_t. Subtracting the mean is its own transpose, so the direction is (γ·U_t − mean(γ·U_t)) / σ; an `rms` norm
 * subtracts no mean. A soft-cap is not linear: the shares sum to the logit before it.
 *
 * Inputs: `anchor` [1,d], the final stream at that position; `target` [n]; `origin` [1,w] and `origin_bias` [1,1], what is subtracted
 * from each target's U_t and c_t: the mean token's (see `buildMeanTokenGraph`), or 0. Outputs: `direction` [n,d]; `bias` [n,1].
 */
export function buildTargetGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d } = spec;
  const { norm: finalNorm, projection, table, scale } = spec.unembedding;
  const anchor = b.input('anchor', DataType.FLOAT, [1, d]);
  const target = b.input('target', DataType.INT64, ['n']);
  const origin = b.input('origin', DataType.FLOAT, [1, table.weight.inputs]);
  const originBias = b.input('origin_bias', DataType.FLOAT, [1, 1]);

  const row = b.op('Sub', [scaled(b, outputColumns(b, table.weight, target), scale), origin]);
  const column = projection ? timesTransposed(b, row, projection.weight) : row;
  const direction = finalNorm ? b.op('Div', [backThrough(b, column, finalNorm), normScale(b, anchor, finalNorm)]) : column;
  b.output('direction', direction, DataType.FLOAT, ['n', d]);

  const product = (x: Value, bias: VectorSpec | undefined) =>
    bias ? [b.op('ReduceSum', [b.op('Mul', [x, vector(b, bias)]), b.ints([1])])] : [];
  const ofTable = table.bias
    ? [scaled(b, b.op('Unsqueeze', [b.op('Gather', [vector(b, table.bias), target], { axis: 0 }), b.ints([1])]), scale)]
    : [];
  const lessOrigin = b.op('Expand', [b.op('Neg', [originBias]), b.op('Concat', [b.op('Shape', [target]), b.ints([1])], { axis: 0 })]);
  b.output(
    'bias',
    b.op('Sum', [lessOrigin, ...product(column, finalNorm?.bias), ...product(row, projection?.bias), ...ofTable]),
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
