/** Graphs for fitting a lens: sums of products, and how far one prediction is from another. */
import type { ModelSpec } from '../../model/architecture/model-spec';
import { GraphBuilder, type Value } from './graph-builder';
import { BITS_PER_NAT, rowsAtOnce, unembed } from './lens-graph';
import { norm } from './norms';
import { DataType } from './proto';
import { filled, rowsInTurn, turnsOf, unfilled } from './rows-in-turn';
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
 * How far readings of streams are from what the model says. Inputs: `final` [N,d]; of R readings, `rows` [R,N,d], `maps` [R,d,d] and
 * `offsets` [R,1,d]. Outputs: `agrees` [R,N], 1 where the model's first token is the reading's too, and `divergences` [R,N],
 * KL(model ‖ lens) in bits. Readings come in turn, so that memory holds the logits of two predictions, and what the model says is computed once.
 */
export function buildJudgeGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d } = spec;
  const final = b.input('final', DataType.FLOAT, ['N', d]);
  const readings = [
    b.input('rows', DataType.FLOAT, ['R', 'N', d]),
    b.input('maps', DataType.FLOAT, ['R', d, d]),
    b.input('offsets', DataType.FLOAT, ['R', 1, d]),
  ];
  const turns = turnsOf(b, final, rowsAtOnce(spec.vocabSize));
  const said = saidBy(b, spec, filled(b, final, turns));
  const first = b.op('ArgMax', [said], { axis: 1, keepdims: 1 });
  const logModel = logOf(b, said);
  const figures = b.scanned(readings, ([rows, map, offset]) => {
    const read = saidBy(b, spec, b.op('Add', [b.op('MatMul', [filled(b, rows, turns), map]), offset]));
    const atFirst = b.op('GatherElements', [read, first], { axis: 1 });
    const ofRows = rowsInTurn(b, [logModel, read, atFirst], turns, ([model, lens, theirs]) => {
      const falls = b.op('Less', [theirs, b.op('ReduceMax', [lens, b.ints([1])])]);
      const divergence = expected(b, b.op('Exp', [model]), b.op('Sub', [model, logOf(b, lens)]));
      return [b.op('Cast', [b.op('Not', [falls])], { to: DataType.FLOAT }), divergence];
    });
    return ofRows.map((column) => b.op('Reshape', [unfilled(b, column, turns), b.ints([-1])]));
  });
  b.output('agrees', figures[0], DataType.FLOAT, ['R', 'N']);
  // Rounding may leave two equal predictions slightly below zero.
  b.output('divergences', bits(b, b.op('Relu', [figures[1]])), DataType.FLOAT, ['R', 'N']);
  return b.finish('judge');
}

/**
 * What a model says of a text by itself. Input: `final` [N,d]. Outputs: `mean` [V], the mean prediction; `first` [N], the first token of each;
 * `entropy` [N], in bits.
 */
export function buildPredictionsGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const said = saidBy(b, spec, b.input('final', DataType.FLOAT, ['N', spec.dModel]));
  const log = logOf(b, said);
  const probabilities = b.op('Exp', [log]);
  const first = b.op('ArgMax', [said], { axis: 1, keepdims: 0 });
  b.output('mean', b.op('ReduceMean', [probabilities, b.ints([0])], { keepdims: 0 }), DataType.FLOAT, [spec.vocabSize]);
  b.output('first', b.op('Cast', [first], { to: DataType.INT32 }), DataType.INT32, ['N']);
  const entropy = b.op('Neg', [expected(b, probabilities, log)]);
  b.output('entropy', bits(b, b.op('Reshape', [entropy, b.ints([-1])])), DataType.FLOAT, ['N']);
  return b.finish('predictions');
}

/** From the stream to logits. [N,d] → [N,V] */
function saidBy(b: GraphBuilder, { unembedding }: ModelSpec, stream: Value): Value {
  return unembed(b, norm(b, stream, unembedding.norm), unembedding);
}

function logOf(b: GraphBuilder, logits: Value): Value {
  return b.op('LogSoftmax', [logits], { axis: -1 });
}

/** [n,V] each → [n,1] */
function expected(b: GraphBuilder, probabilities: Value, values: Value): Value {
  return b.op('ReduceSum', [b.op('Mul', [probabilities, values]), b.ints([1])]);
}

function bits(b: GraphBuilder, nats: Value): Value {
  return b.op('Mul', [nats, b.floats([BITS_PER_NAT])]);
}
