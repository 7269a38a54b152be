import { assertNever } from '../../../core/problem';
import type { Activation } from '../../../model/architecture/model-spec';
import { xieluFactors } from '../elementwise';
import type { GraphBuilder, Value } from '../graph-builder';
import { DataType } from '../proto';

/** The derivative of `activate` at x, element by element. 0 where `relu` has a kink. */
export function activationSlope(b: GraphBuilder, x: Value, activation: Activation): Value {
  const number = (value: number) => b.floats([value]);
  const times = (...factors: Value[]) => factors.reduce((product, factor) => b.op('Mul', [product, factor]));
  const plus = (one: Value, other: Value) => b.op('Add', [one, other]);
  const oneMinus = (value: Value) => b.op('Sub', [number(1), value]);
  if (typeof activation !== 'string' && activation.kind === 'swish') {
    const { slope, limit } = activation;
    const y = b.op('Min', [x, number(limit)]);
    const s = b.op('Sigmoid', [times(y, number(slope))]);
    const inside = b.op('Cast', [b.op('Less', [x, number(limit)])], { to: DataType.FLOAT });
    return times(inside, s, plus(number(1), times(y, number(slope), oneMinus(s))));
  }
  if (typeof activation !== 'string') {
    const { above, below, straight } = xieluFactors(b, activation);
    const negative = b.op('Elu', [b.op('Min', [x, number(0)])]);
    return plus(plus(times(b.op('Relu', [x]), above, number(2)), times(negative, below)), straight);
  }
  switch (activation) {
    case 'gelu': {
      // Φ(x) + x·φ(x)
      const below = times(number(0.5), plus(number(1), b.op('Erf', [times(x, number(Math.SQRT1_2))])));
      const density = times(b.op('Exp', [times(x, x, number(-0.5))]), number(1 / Math.sqrt(2 * Math.PI)));
      return plus(below, times(x, density));
    }
    case 'gelu_tanh': {
      // x·σ(w) with w = a·x + b·x³: s·(1 + (1 − s)·x·w'), where x·w' = 3w − 2a·x. Few numbers are alive at once.
      const a = 2 * Math.sqrt(2 / Math.PI);
      const w = times(plus(times(times(x, x), number(0.044715 * a)), number(a)), x);
      const s = b.op('Sigmoid', [w]);
      const steepness = b.op('Sub', [times(w, number(3)), times(x, number(2 * a))]);
      return times(plus(times(oneMinus(s), steepness), number(1)), s);
    }
    case 'quick_gelu': {
      const scaled = times(x, number(1.702));
      const s = b.op('Sigmoid', [scaled]);
      return times(s, plus(number(1), times(scaled, oneMinus(s))));
    }
    case 'relu':
      return b.op('Sign', [b.op('Relu', [x])]);
    case 'relu_squared':
      return times(number(2), b.op('Relu', [x]));
    case 'silu': {
      const s = b.op('Sigmoid', [x]);
      return times(s, plus(number(1), times(x, oneMinus(s))));
    }
    case 'tanh':
      return capSlope(b, x, 1);
    default:
      return assertNever(activation);
  }
}

/** The derivative of c·tanh(x / c), element by element: 1 − tanh² = 4·σ(2x/c)·σ(−2x/c), which stays exact where tanh is all but 1. */
export function capSlope(b: GraphBuilder, x: Value, cap: number): Value {
  const twice = b.op('Mul', [x, b.floats([2 / cap])]);
  const sides = b.op('Mul', [b.op('Sigmoid', [twice]), b.op('Sigmoid', [b.op('Neg', [twice])])]);
  return b.op('Mul', [sides, b.floats([4])]);
}
