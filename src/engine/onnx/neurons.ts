/** The neurons of a dense feed-forward layer, or of an expert. */
import type { MlpSpec } from '../../model/architecture/model-spec';
import { activate } from './elementwise';
import type { GraphBuilder, Value } from './graph-builder';
import { linear, linears, times, vector } from './products';
import { reshape } from './shapes';
import { asStored } from './updates';

/** What neurons come to for n positions, and what that is made of. */
export interface NeuronValues {
  /** [n,F] what the non-linearity is applied to */
  readonly preActivation: Value;
  /** [n,F] what its result is multiplied with; null without a gate */
  readonly gated: Value | null;
  /** [n,F] */
  readonly coefficients: Value;
}

/** @param x [n,d] */
export function neurons(b: GraphBuilder, { gate, up, activation, linearHalf }: MlpSpec, x: Value): NeuronValues {
  if (gate === undefined) {
    const preActivation = linear(b, x, up);
    return { preActivation, gated: null, coefficients: activate(b, preActivation, activation) };
  }
  const [preActivation, linearPart] = linears(b, x, [gate, up]) as [Value, Value];
  const gated = linearHalf ? bounded(b, linearPart, linearHalf) : linearPart;
  return { preActivation, gated, coefficients: b.op('Mul', [activate(b, preActivation, activation), gated]) };
}

function bounded(b: GraphBuilder, x: Value, { limit, offset }: NonNullable<MlpSpec['linearHalf']>): Value {
  return b.op('Add', [b.op('Clip', [x, b.scalar(-limit), b.scalar(limit)]), b.floats([offset])]);
}

/** b_1 · W_2, what the first bias would write past the activation. [1,d] null: there is none, or a gate, so that it depends on the input */
export function writtenByFirstBias(b: GraphBuilder, { gate, up, down }: MlpSpec): Value | null {
  return up.bias && !gate ? times(b, reshape(b, vector(b, up.bias), [1, -1]), asStored(down.weight)) : null;
}
