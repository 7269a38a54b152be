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

/**
 * How far what is read off `mapped` is from what the model says of `final`. Inputs: `rows` [N,d]; `map` [d,d]; `offset` [1,d]; `final`
 * [N,d]. Outputs: `agrees` [N], 1 where the first token is the same; `divergence` [N], KL(model ‖ lens) in bits; `mean` [V], the model's mean
 * prediction; `first` [N], its first token; `entropy` [N], of the model's prediction in bits.
 */
export function buildJudgeGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d, vocabSize: V } = spec;
  const rows = b.input('rows', DataType.FLOAT, ['N', d]);
  const map = b.input('map', DataType.FLOAT, [d, d]);
  const offset = b.input('offset', DataType.FLOAT, [1, d]);
  const final = b.input('final', DataType.FLOAT, ['N', d]);
  const logits = (x: Value): Value => unembed(b, norm(b, x, spec.unembedding.norm), spec.unembedding);
  const [said, model] = [logits(b.op('Add', [b.op('MatMul', [rows, map]), offset])), logits(final)];
  const first = (x: Value): Value => b.op('ArgMax', [x], { axis: 1, keepdims: 0 });
  b.output('agrees', b.op('Cast', [b.op('Equal', [first(said), first(model)])], { to: DataType.FLOAT }), DataType.FLOAT, ['N']);
  b.output('first', b.op('Cast', [first(model)], { to: DataType.INT32 }), DataType.INT32, ['N']);
  const probabilities = b.op('Softmax', [model], { axis: -1 });
  const log = (x: Value): Value => b.op('LogSoftmax', [x], { axis: -1 });
  const nats = b.op('ReduceSum', [b.op('Mul', [probabilities, b.op('Sub', [log(model), log(said)])]), b.ints([1])], { keepdims: 0 });
  const entropy = b.op('Neg', [b.op('ReduceSum', [b.op('Mul', [probabilities, log(model)]), b.ints([1])], { keepdims: 0 })]);
  b.output('entropy', b.op('Mul', [entropy, b.floats([1 / Math.LN2])]), DataType.FLOAT, ['N']);
  // Rounding may leave two equal predictions slightly below zero.
  b.output('divergence', b.op('Mul', [b.op('Relu', [nats]), b.floats([1 / Math.LN2])]), DataType.FLOAT, ['N']);
  b.output('mean', b.op('ReduceMean', [probabilities, b.ints([0])], { keepdims: 0 }), DataType.FLOAT, [V]);
  return b.finish('judge');
}
