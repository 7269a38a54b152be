// cspell:ignore MXFP
/**
 * Blocks of quantised numbers as F32, by operators that are exact: each result is bit for bit what the reference implementation
 * (`gguf.quants.dequantize`) makes of the same block. Order of multiplication and addition is therefore part of each recipe.
 */
import type { BlockType } from '../../model/checkpoint/storage';
import type { GraphBuilder, Value } from './graph-builder';
import { E2M1, E8M0 } from './narrow-floats';
import { DataType } from './proto';
import { reshape } from './shapes';

/** The same bytes of N blocks, seen in three ways; a view that no recipe asks for is not made. */
export interface BlockViews {
  /** bytes without sign [N,bytes] */
  readonly unsigned: Value;
  /** bytes with sign [N,bytes] */
  readonly signed: Value;
  /** F16 [N,bytes/2] */
  readonly half: Value;
}

/** N blocks → [N,numbers], F32. */
export function dequantised(b: GraphBuilder, type: BlockType, views: BlockViews): Value {
  return RECIPES[type](new Recipe(b, views));
}

/** The words of the recipes; `q` are bytes without sign. */
class Recipe {
  constructor(
    readonly b: GraphBuilder,
    private readonly views: BlockViews,
  ) {}

  /** Bytes `from` to `to` of each block. */
  u(from: number, to: number): Value {
    return this.columns(this.views.unsigned, from, to);
  }

  /** The same with sign. */
  i(from: number, to: number): Value {
    return this.columns(this.views.signed, from, to);
  }

  /** The number in the two bytes from 2·k on. [N,1] */
  half(k: number): Value {
    return this.float(this.columns(this.views.half, k, k + 1));
  }

  columns(x: Value, from: number, to: number): Value {
    const { b } = this;
    return b.op('Slice', [x, b.ints([from]), b.ints([to]), b.ints([1])]);
  }

  float(x: Value): Value {
    return this.b.op('Cast', [x], { to: DataType.FLOAT });
  }

  /** F(q − n) */
  less(q: Value, n: number): Value {
    const signed = this.b.op('Cast', [q], { to: DataType.INT8 });
    return this.float(this.b.op('Sub', [signed, this.b.bytes(Int8Array.of(n), [])]));
  }

  and(q: Value, mask: number): Value {
    return this.b.op('BitwiseAnd', [q, this.byte(mask)]);
  }

  or(one: Value, other: Value): Value {
    return this.b.op('BitwiseOr', [one, other]);
  }

  /** To higher bits; to lower ones where `bits` is negative. */
  shift(q: Value, bits: number): Value {
    if (bits === 0) return q;
    return this.b.op('BitShift', [q, this.byte(Math.abs(bits))], { direction: bits > 0 ? 'LEFT' : 'RIGHT' });
  }

  /** The lower halves of bytes, and then their upper halves. */
  nibbles(q: Value): Value {
    return this.joined([this.and(q, 15), this.shift(q, -4)]);
  }

  /** What a table has for each number. */
  entries(q: Value, table: readonly number[]): Value {
    const index = this.b.op('Cast', [q], { to: DataType.INT32 });
    return this.b.op('Gather', [this.b.floats(table), index], { axis: 0 });
  }

  joined(parts: readonly Value[]): Value {
    return this.b.op('Concat', parts, { axis: -1 });
  }

  times(x: Value, y: Value): Value {
    return this.b.op('Mul', [x, y]);
  }

  plus(x: Value, y: Value): Value {
    return this.b.op('Add', [x, y]);
  }

  minus(x: Value, y: Value): Value {
    return this.b.op('Sub', [x, y]);
  }

  as(x: Value, ...shape: number[]): Value {
    return reshape(this.b, x, shape);
  }

  private byte(value: number): Value {
    return this.b.bytes(Uint8Array.of(value), []);
  }
}

/** The fifth bits of 32 numbers, at their place: bit k of the four bytes. [N,4] → [N,32] */
function fifthBits(r: Recipe, bytes: Value): Value {
  const table = Uint8Array.from({ length: 256 * 8 }, (_, i) => 16 * (((i >> 3) >> (i & 7)) & 1));
  const index = r.b.op('Cast', [bytes], { to: DataType.INT32 });
  return r.as(r.b.op('Gather', [r.b.bytes(table, [256, 8]), index], { axis: 0 }), -1, 32);
}

/** Scales and minima of eight sub-blocks, six bits each, packed in twelve bytes. [N,8] */
function scalesAndMinima(r: Recipe): { readonly scales: Value; readonly minima: Value } {
  const [a, b, c] = [r.u(4, 8), r.u(8, 12), r.u(12, 16)];
  const upper = (q: Value) => r.shift(r.shift(q, -6), 4);
  return {
    scales: r.joined([r.and(a, 63), r.or(r.and(c, 15), upper(a))]),
    minima: r.joined([r.and(b, 63), r.or(r.shift(c, -4), upper(b))]),
  };
}

/** Numbers in eight sub-blocks, times their scale less their minimum. `q` [N,256] */
function eightParts(r: Recipe, q: Value): Value {
  const { scales, minima } = scalesAndMinima(r);
  const perPart = (x: Value, k: number) => r.as(r.times(r.float(x), r.half(k)), -1, 8, 1);
  return r.as(r.minus(r.times(r.float(r.as(q, -1, 8, 32)), perPart(scales, 0)), perPart(minima, 1)), -1, 256);
}

/** Pairs of bits of each byte as two bits of other numbers, the lowest pair first, at bits 4 and 5. */
const upperPairs = (r: Recipe, q: Value): Value =>
  r.joined([r.and(r.shift(q, 4), 48), r.and(r.shift(q, 2), 48), r.and(q, 48), r.and(r.shift(q, -2), 48)]);

/** Pairs of bits of each byte as numbers, the lowest pair first. */
const pairs = (r: Recipe, q: Value): Value => r.joined([r.and(q, 3), r.and(r.shift(q, -2), 3), r.and(r.shift(q, -4), 3), r.shift(q, -6)]);

/** One bit of each byte after the other, each moved to the bit of `mask`. */
const singleBits = (r: Recipe, q: Value, to: number): Value =>
  r.joined(Array.from({ length: 8 }, (_, k) => r.and(r.shift(q, to - k), 1 << to)));

/** Numbers that four bits stand for, where they are not evenly spaced. */
const UNEVEN = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
/** The reference has them doubled, as integers: without a negative zero. */
const DOUBLE_E2M1 = E2M1.map((value) => 2 * value + 0);
const HALF_E8M0 = E8M0.map((value) => value / 2);

const RECIPES: Readonly<Record<BlockType, (r: Recipe) => Value>> = {
  Q4_0: (r) => r.times(r.less(r.nibbles(r.u(2, 18)), 8), r.half(0)),
  Q4_1: (r) => r.plus(r.times(r.float(r.nibbles(r.u(4, 20))), r.half(0)), r.half(1)),
  Q5_0: (r) => r.times(r.less(r.or(r.nibbles(r.u(6, 22)), fifthBits(r, r.u(2, 6))), 16), r.half(0)),
  Q5_1: (r) => r.plus(r.times(r.float(r.or(r.nibbles(r.u(8, 24)), fifthBits(r, r.u(4, 8)))), r.half(0)), r.half(1)),
  Q8_0: (r) => r.times(r.float(r.i(2, 34)), r.half(0)),
  Q2_K: (r) => {
    const s = r.u(0, 16);
    const q = r.float(r.as(pairs(r, r.as(r.u(16, 80), -1, 32)), -1, 16, 16));
    const perPart = (x: Value, k: number) => r.as(r.times(r.float(x), r.half(k)), -1, 16, 1);
    return r.as(r.minus(r.times(q, perPart(r.and(s, 15), 40)), perPart(r.shift(s, -4), 41)), -1, 256);
  },
  Q3_K: (r) => {
    const s = r.or(r.nibbles(r.u(96, 104)), upperPairs(r, r.u(104, 108)));
    const scales = r.as(r.times(r.less(s, 32), r.half(54)), -1, 16, 1);
    const low = r.as(pairs(r, r.as(r.u(32, 96), -1, 32)), -1, 256);
    const q = r.less(r.as(r.or(low, singleBits(r, r.u(0, 32), 2)), -1, 16, 16), 4);
    return r.as(r.times(q, scales), -1, 256);
  },
  Q4_K: (r) => eightParts(r, r.as(r.nibbles(r.as(r.u(16, 144), -1, 32)), -1, 256)),
  Q5_K: (r) => {
    const low = r.as(r.nibbles(r.as(r.u(48, 176), -1, 32)), -1, 256);
    return eightParts(r, r.or(low, singleBits(r, r.u(16, 48), 4)));
  },
  Q6_K: (r) => {
    const low = r.as(r.nibbles(r.as(r.u(0, 128), -1, 64)), -1, 256);
    const high = r.as(upperPairs(r, r.as(r.u(128, 192), -1, 32)), -1, 256);
    const scales = r.as(r.times(r.float(r.i(192, 208)), r.half(104)), -1, 16, 1);
    return r.as(r.times(r.less(r.as(r.or(low, high), -1, 16, 16), 32), scales), -1, 256);
  },
  IQ4_NL: (r) => r.times(r.entries(r.nibbles(r.u(2, 18)), UNEVEN), r.half(0)),
  IQ4_XS: (r) => {
    const low = r.as(r.nibbles(r.as(r.u(4, 8), -1, 1)), -1, 8);
    const high = r.as(pairs(r, r.as(r.u(2, 4), -1, 1)), -1, 8);
    const scales = r.as(r.times(r.less(r.or(low, r.shift(high, 4)), 32), r.half(0)), -1, 8, 1);
    const q = r.as(r.entries(r.nibbles(r.as(r.u(8, 136), -1, 16)), UNEVEN), -1, 8, 32);
    return r.as(r.times(q, scales), -1, 256);
  },
  MXFP4: (r) => r.times(r.entries(r.nibbles(r.u(1, 17)), DOUBLE_E2M1), r.entries(r.u(0, 1), HALF_E8M0)),
};
