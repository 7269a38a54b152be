/** The neurons of a dense feed-forward layer, or of an expert. */
import type { MlpSpec } from '../../model/architecture/model-spec';
import { activate } from './elementwise';
import type { GraphBuilder, Value } from './graph-builder';
import { linear, linears } from './products';

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
export function neurons(b: GraphBuilder, { gate, up, activation }: MlpSpec, x: Value): NeuronValues {
  if (gate === undefined) {
    const preActivation = linear(b, x, up);
    return { preActivation, gated: null, coefficients: activate(b, preActivation, activation) };
  }
  const [preActivation, gated] = linears(b, x, [gate, up]) as [Value, Value];
  return { preActivation, gated, coefficients: b.op('Mul', [activate(b, preActivation, activation), gated]) };
}
