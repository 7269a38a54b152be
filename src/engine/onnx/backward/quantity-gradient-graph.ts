/**
 * Where a backward pass starts: from a number read off the logits of one position to its gradient with respect to the final stream
 * there. Through the soft-cap, the logits' scale, the unembedding, the projection and the final norm.
 */
import type { ModelSpec, UnembeddingSpec } from '../../../model/architecture/model-spec';
import { GraphBuilder } from '../graph-builder';
import type { Value } from '../graph-builder';
import { scaled, softCapped } from '../elementwise';
import { norm } from '../norms';
import { linear, outputColumns, projected, timesTransposed, vector } from '../products';
import { DataType } from '../proto';
import { range } from '../shapes';
import type { Weights } from '../weights';
import { capSlope } from './slopes';
import { normGradient } from './norm-gradient';

/**
 * The gradient of a weighted sum of a few logits.
 *
 * Inputs: `final` [1,d], the final stream at the position; `tokens` [n] and `weights` [n,1].
 * Outputs: `gradient` [1,d]; `value` [1,1], the sum; `weight` [1,1], the largest |derivative| with respect to a logit; `slope`
 * [1,1], the same with respect to a logit before its cap.
 */
export function buildLogitsGradientGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { table, scale, softCap } = spec.unembedding;
  const final = b.input('final', DataType.FLOAT, [1, spec.dModel]);
  const tokens = b.input('tokens', DataType.INT64, ['n']);
  const weighted = b.input('weights', DataType.FLOAT, ['n', 1]);

  const rows = outputColumns(b, table.weight, tokens);
  const products = b.op('Gemm', [rows, read(b, final, spec.unembedding)], { transB: 1 });
  const ofTable = table.bias && b.op('Unsqueeze', [b.op('Gather', [vector(b, table.bias), tokens], { axis: 0 }), b.ints([1])]);
  const uncapped = scaled(b, ofTable ? b.op('Add', [products, ofTable]) : products, scale);
  const slopes = softCap === undefined ? weighted : b.op('Mul', [weighted, capSlope(b, uncapped, softCap)]);
  const row = scaled(b, b.op('Gemm', [slopes, rows], { transA: 1 }), scale);
  finish(b, spec, final, row, b.op('Gemm', [softCapped(b, uncapped, softCap), weighted], { transA: 1 }), weighted, slopes);
  return b.finish('gradient of logits');
}

/** Numbers that depend on every logit of a position. */
export type DenseQuantity = 'log-probability' | 'centred-logit';

/**
 * The gradient of a token's log probability, or of its logit less the mean of all logits.
 *
 * Inputs: `final` [1,d]; `token` [1]. Outputs as above.
 *
 * What the other tokens lose is summed over them: subtracting the probability from 1 would leave nothing of a small remainder.
 */
export function buildDenseGradientGraph(weights: Weights, spec: ModelSpec, quantity: DenseQuantity): Uint8Array {
  const b = new GraphBuilder(weights);
  const { vocabSize: V } = spec;
  const { table, scale, softCap } = spec.unembedding;
  const final = b.input('final', DataType.FLOAT, [1, spec.dModel]);
  const token = b.input('token', DataType.INT64, [1]);

  const uncapped = scaled(b, linear(b, read(b, final, spec.unembedding), table), scale);
  const logits = softCapped(b, uncapped, softCap);
  const of = (x: Value) => b.op('Gather', [x, token], { axis: 1 });
  const isToken = b.op('Unsqueeze', [b.op('Equal', [range(b, 0, V), token]), b.ints([0])]);
  const all =
    quantity === 'log-probability' ? b.op('Softmax', [logits], { axis: -1 }) : b.op('Expand', [b.floats([1 / V]), b.ints([1, V])]);
  const others = b.op('Where', [isToken, b.floats([0]), all]);
  const cotangent = b.op('Where', [isToken, b.op('ReduceSum', [others, b.ints([1])]), b.op('Neg', [others])]);
  const slopes = softCap === undefined ? cotangent : b.op('Mul', [cotangent, capSlope(b, uncapped, softCap)]);
  const value =
    quantity === 'log-probability'
      ? of(b.op('LogSoftmax', [logits], { axis: -1 }))
      : b.op('Sub', [of(logits), b.op('ReduceMean', [logits, b.ints([1])])]);
  finish(b, spec, final, timesTransposed(b, scaled(b, slopes, scale), table.weight), value, cotangent, slopes);
  return b.finish(`gradient of a ${quantity}`);
}

/** From the final stream to what the table reads. [1,d] → [1,width of the table] */
function read(b: GraphBuilder, final: Value, { norm: finalNorm, projection }: UnembeddingSpec): Value {
  return projected(b, norm(b, final, finalNorm), projection);
}

/** From the gradient of what the table reads to that of the final stream, and the outputs. */
function finish(b: GraphBuilder, spec: ModelSpec, final: Value, row: Value, value: Value, weighted: Value, slopes: Value): void {
  const { norm: finalNorm, projection } = spec.unembedding;
  const normed = projection ? timesTransposed(b, row, projection.weight) : row;
  b.output('gradient', normGradient(b, final, finalNorm, normed), DataType.FLOAT, [1, spec.dModel]);
  b.output('value', value, DataType.FLOAT, [1, 1]);
  const largest = (x: Value) => b.op('Reshape', [b.op('ReduceMax', [b.op('Abs', [x])]), b.ints([1, 1])]);
  b.output('weight', largest(weighted), DataType.FLOAT, [1, 1]);
  b.output('slope', largest(slopes), DataType.FLOAT, [1, 1]);
}
