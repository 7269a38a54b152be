/** Graphs for fitting a lens: sums of products, and how far one prediction is from another. */
import type { ModelSpec } from '../../model/architecture/model-spec';
import { GraphBuilder, type Value } from './graph-builder';
import { unembed } from './lens-graph';
import { norm } from './norms';
import { DataType } from './proto';
import type { Weights } from './weights';

/** Inputs: `x`, `y` [N,d]. Outputs, in doubles: `xx` = xᵀx and `xy` = xᵀy [d,d]. */
export function buildGramGraph(weights: Weights, d: number): Uint8Array {
  const b = new GraphBuilder(weights);
  const wide = (x: Value): Value => b.op('Cast', [x], { to: DataType.DOUBLE });
  const x = wide(b.input('x', DataType.FLOAT, ['N', d]));
  const y = wide(b.input('y', DataType.FLOAT, ['N', d]));
  const transposed = b.op('Transpose', [x], { perm: [1, 0] });
  b.output('xx', b.op('MatMul', [transposed, x]), DataType.DOUBLE, [d, d]);
  b.output('xy', b.op('MatMul', [transposed, y]), DataType.DOUBLE, [d, d]);
  return b.finish('gram');
}

/** Readings that a graph may judge at once: with them in turn, so that memory holds the logits of two. */
export const READINGS = [1, 4] as const;

/**
 * How far readings of streams are from what the model says. Inputs: `final` [N,d]; of each reading i, `rows.i` [N,d], `map.i` [d,d] and
 * `offset.i` [1,d]. Outputs: of each reading, `agrees.i` [N], 1 where the first token is the same, and `divergence.i` [N], KL(model ‖ lens) in
 * bits; `mean` [V], the model's mean prediction; `first` [N], its first token; `entropy` [N], of the model's prediction in bits.
 *
 * @param readings how many; what the model says is computed once for all of them
 */
export function buildJudgeGraph(weights: Weights, spec: ModelSpec, readings: number): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d, vocabSize: V } = spec;
  const final = b.input('final', DataType.FLOAT, ['N', d]);
  const logits = (x: Value): Value => unembed(b, norm(b, x, spec.unembedding.norm), spec.unembedding);
  const firstOf = (x: Value): Value => b.op('ArgMax', [x], { axis: 1, keepdims: 0 });
  const log = (x: Value): Value => b.op('LogSoftmax', [x], { axis: -1 });
  const bits = (nats: Value): Value => b.op('Mul', [nats, b.floats([1 / Math.LN2])]);
  const model = logits(final);
  const [first, probabilities, logModel] = [firstOf(model), b.op('Softmax', [model], { axis: -1 }), log(model)];
  const expected = (x: Value): Value => b.op('ReduceSum', [b.op('Mul', [probabilities, x]), b.ints([1])], { keepdims: 0 });
  b.output('first', b.op('Cast', [first], { to: DataType.INT32 }), DataType.INT32, ['N']);
  b.output('entropy', bits(b.op('Neg', [expected(logModel)])), DataType.FLOAT, ['N']);
  b.output('mean', b.op('ReduceMean', [probabilities, b.ints([0])], { keepdims: 0 }), DataType.FLOAT, [V]);
  for (let i = 0; i < readings; i++) {
    const rows = b.input(`rows.${i}`, DataType.FLOAT, ['N', d]);
    const map = b.input(`map.${i}`, DataType.FLOAT, [d, d]);
    const offset = b.input(`offset.${i}`, DataType.FLOAT, [1, d]);
    const said = logits(b.op('Add', [b.op('MatMul', [rows, map]), offset]));
    b.output(`agrees.${i}`, b.op('Cast', [b.op('Equal', [firstOf(said), first])], { to: DataType.FLOAT }), DataType.FLOAT, ['N']);
    // Rounding may leave two equal predictions slightly below zero.
    const divergence = bits(b.op('Relu', [expected(b.op('Sub', [logModel, log(said)]))]));
    b.output(`divergence.${i}`, divergence, DataType.FLOAT, ['N']);
  }
  return b.finish(`judge.${readings}`);
}
