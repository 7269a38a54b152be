/** What is done to every number by itself. */
import { assertNever } from '../../core/problem';
import type { Activation } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';

/** An element-wise non-linearity. */
export function activate(b: GraphBuilder, x: Value, activation: Activation): Value {
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

/** x · factor; unchanged where there is no factor. */
export function scaled(b: GraphBuilder, x: Value, factor: number | undefined): Value {
  return factor === undefined ? x : b.op('Mul', [x, b.floats([factor])]);
}

/** cap · tanh(x / cap): nearly x where x is small, never beyond the cap; unchanged where there is no cap. */
export function softCapped(b: GraphBuilder, x: Value, cap: number | undefined): Value {
  return cap === undefined ? x : scaled(b, b.op('Tanh', [b.op('Div', [x, b.floats([cap])])]), cap);
}
