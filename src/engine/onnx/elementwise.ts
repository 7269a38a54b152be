/** What is done to every number by itself. */
import { assertNever } from '../../core/problem';
import type { Activation, SwishSpec, XieluSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { vector } from './products';

/** An element-wise non-linearity. */
export function activate(b: GraphBuilder, x: Value, activation: Activation): Value {
  if (typeof activation !== 'string') return activation.kind === 'swish' ? swish(b, x, activation) : xielu(b, x, activation);
  switch (activation) {
    case 'gelu':
      return b.op('Gelu', [x]);
    case 'gelu_tanh':
      return b.op('Gelu', [x], { approximate: 'tanh' });
    case 'quick_gelu':
      return b.op('Mul', [x, b.op('Sigmoid', [b.op('Mul', [x, b.floats([1.702])])])]);
    case 'relu':
      return b.op('Relu', [x]);
    case 'relu_squared': {
      const positive = b.op('Relu', [x]);
      return b.op('Mul', [positive, positive]);
    }
    case 'silu':
      return b.op('Mul', [x, b.op('Sigmoid', [x])]);
    case 'tanh':
      return b.op('Tanh', [x]);
    default:
      return assertNever(activation);
  }
}

function swish(b: GraphBuilder, x: Value, { slope, limit }: SwishSpec): Value {
  const bounded = b.op('Min', [x, b.floats([limit])]);
  return b.op('Mul', [bounded, b.op('Sigmoid', [scaled(b, bounded, slope)])]);
}

/** The numbers of an xIELU, each [1]: what squares above 0, what curves below it, and what x itself is multiplied with. */
export function xieluFactors(b: GraphBuilder, spec: XieluSpec): Readonly<Record<'above' | 'below' | 'straight', Value>> {
  const straight = vector(b, spec.beta);
  const softplus = (of: Value) => b.op('Softplus', [of]);
  const below = b.op('Add', [straight, softplus(vector(b, spec.negative))]);
  return { above: softplus(vector(b, spec.positive)), below, straight };
}

/** The reference bounds x by −10⁻⁶ where it takes eˣ − 1 below 0, which changes nothing larger than that. */
function xielu(b: GraphBuilder, x: Value, spec: XieluSpec): Value {
  const { above, below, straight } = xieluFactors(b, spec);
  const positive = b.op('Relu', [x]);
  const negative = b.op('Min', [x, b.floats([0])]);
  const curved = b.op('Sub', [b.op('Elu', [negative]), negative]);
  const parts = [b.op('Mul', [b.op('Mul', [positive, positive]), above]), b.op('Mul', [curved, below]), b.op('Mul', [x, straight])];
  return parts.reduce((sum, part) => b.op('Add', [sum, part]));
}

/** x · factor; unchanged where there is no factor. */
export function scaled(b: GraphBuilder, x: Value, factor: number | undefined): Value {
  return factor === undefined ? x : b.op('Mul', [x, b.floats([factor])]);
}

/** cap · tanh(x / cap): nearly x where x is small, never beyond the cap; unchanged where there is no cap. */
export function softCapped(b: GraphBuilder, x: Value, cap: number | undefined): Value {
  return cap === undefined ? x : scaled(b, b.op('Tanh', [b.op('Div', [x, b.floats([cap])])]), cap);
}
