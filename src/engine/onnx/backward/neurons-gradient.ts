/** Back through the neurons of a dense feed-forward layer, or of an expert. */
import type { MlpSpec } from '../../../model/architecture/model-spec';
import { activate } from '../elementwise';
import type { GraphBuilder, Value } from '../graph-builder';
import type { NeuronValues } from '../neurons';
import { linearsGradient } from './linear-gradient';
import { activationSlope } from './slopes';

/** Gradients of what neurons are made of. */
export interface NeuronGradients {
  /** [n,F] of what the first matrix yields, bias included; with a gate, of its linear half */
  readonly up: Value;
  /** [n,F] of what the gate's matrix yields; null without a gate */
  readonly gate: Value | null;
  /** [n,d] of what the neurons read */
  readonly input: Value;
}

/** @param ofNeurons [n,F] gradient of what the neurons come to */
export function neuronsGradient(
  b: GraphBuilder,
  { activation, gate, up, linearHalf }: MlpSpec,
  { preActivation, gated }: NeuronValues,
  ofNeurons: Value,
): NeuronGradients {
  const slope = activationSlope(b, preActivation, activation);
  if (gate === undefined || gated === null) {
    const ofUp = b.op('Mul', [ofNeurons, slope]);
    return { up: ofUp, gate: null, input: linearsGradient(b, [up], [ofUp]) };
  }
  const ofGate = b.op('Mul', [b.op('Mul', [ofNeurons, gated]), slope]);
  const ofHalf = b.op('Mul', [ofNeurons, activate(b, preActivation, activation)]);
  const ofUp = linearHalf ? insideOf(b, gated, linearHalf, ofHalf) : ofHalf;
  return { up: ofUp, gate: ofGate, input: linearsGradient(b, [gate, up], [ofGate, ofUp]) };
}

/** Nothing comes back through a half that was bounded. @param gated as it was bounded */
function insideOf(b: GraphBuilder, gated: Value, { limit, offset }: NonNullable<MlpSpec['linearHalf']>, gradient: Value): Value {
  const size = b.op('Abs', [b.op('Sub', [gated, b.floats([offset])])]);
  return b.op('Where', [b.op('Less', [size, b.scalar(limit)]), gradient, b.scalar(0)]);
}
