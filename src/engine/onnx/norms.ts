/** Norms of rows as nodes of a graph. */
import type { NormSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { vector } from './products';
import { reshape } from './shapes';

/** Norm of every row of the last axis, with gain and bias; unchanged where there is no norm. */
export function norm(b: GraphBuilder, x: Value, spec: NormSpec | undefined): Value {
  if (spec === undefined) return x;
  const attributes = { axis: -1, epsilon: { float: spec.epsilon } };
  if (spec.kind === 'rms') {
    const normed = b.op('RMSNormalization', [x, normGain(b, spec)], attributes);
    return spec.bias ? b.op('Add', [normed, vector(b, spec.bias)]) : normed;
  }
  return b.op('LayerNormalization', [x, normGain(b, spec), ...(spec.bias ? [vector(b, spec.bias)] : [])], attributes);
}

/** What a norm multiplies its features with. [width] */
export function normGain(b: GraphBuilder, { width, gain, gainOffset }: NormSpec): Value {
  if (gain === undefined) return ones(b, width);
  const stored = vector(b, gain);
  return gainOffset === undefined ? stored : b.op('Add', [stored, b.floats([gainOffset])]);
}

/** What a norm divides a row by: √(variance + epsilon), or √(mean of squares + epsilon). [N,width] → [N,1] */
export function normScale(b: GraphBuilder, x: Value, { kind, epsilon }: NormSpec): Value {
  const centre = kind === 'layer' ? centred(b, x) : x;
  const square = b.op('ReduceMean', [b.op('Mul', [centre, centre]), b.ints([1])]);
  return b.op('Sqrt', [b.op('Add', [square, b.floats([epsilon])])]);
}

/** Back through the norm of one row held fixed, its scale included; unchanged where there is none. x [N,width] and the row [1,width] → [N,width] */
export function backThroughNorm(b: GraphBuilder, x: Value, row: Value, spec: NormSpec | undefined): Value {
  if (spec === undefined) return x;
  const gained = b.op('Mul', [x, b.op('Div', [reshape(b, normGain(b, spec), [1, -1]), normScale(b, row, spec)])]);
  return spec.kind === 'layer' ? centred(b, gained) : gained;
}

/** x − mean x, for every row. [N,width] */
export function centred(b: GraphBuilder, x: Value): Value {
  return b.op('Sub', [x, b.op('ReduceMean', [x, b.ints([1])])]);
}

/** A constant of ones that takes no room in the graph. [length] */
function ones(b: GraphBuilder, length: number): Value {
  return b.op('Expand', [b.floats([1]), b.ints([length])]);
}
