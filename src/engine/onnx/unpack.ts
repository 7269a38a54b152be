/**
 * Packed weights as F32, by operators that are exact: multiplications and additions are those of the reference formula of each method, in its
 * order, in F32.
 */
import type {
  AwqPacking,
  CodebookPacking,
  GptqPacking,
  Mxfp4Packing,
  PackedPart,
  Packing,
  RowPacking,
  ScaledPacking,
} from '../../model/checkpoint/quantised/packing';
import { E2M1, E8M0, fp8Values } from './narrow-floats';
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import { range, reshape } from './shapes';

/**
 * Rows of a packed weight.
 *
 * @param name of the tensor, from which those of its parts follow
 * @param inputs width of a row
 * @param units [m] which rows, as 64-bit integers: each stands for as many as `rowsTogether` says
 * @returns [m·rowsTogether,inputs], F32
 */
export function unpackedRows(b: GraphBuilder, name: string, packing: Packing, inputs: number, units: Value): Value {
  const u = new Unpacking(b, name, inputs, units);
  switch (packing.kind) {
    case 'scaled':
      return u.scaled(packing);
    case 'rows':
      return u.rows(packing);
    case 'codebook':
      return u.codebook(packing);
    case 'gptq':
      return u.gptq(packing);
    case 'awq':
      return u.awq(packing);
    case 'mxfp4':
      return u.mxfp4(packing);
  }
}

const NUMBERS: Readonly<Record<string, DataType>> = { F32: DataType.FLOAT, F16: DataType.FLOAT16, BF16: DataType.BFLOAT16 };

class Unpacking {
  constructor(
    private readonly b: GraphBuilder,
    private readonly name: string,
    private readonly inputs: number,
    private readonly units: Value,
  ) {}

  scaled({ weight, scale, tile: [rows, columns], factor }: ScaledPacking): Value {
    const { b, inputs } = this;
    const values =
      weight.dtype === 'I8'
        ? this.float(this.taken(this.view('weight', weight, DataType.INT8), 0))
        : this.entries(b.floats(fp8Values(weight.dtype)), this.taken(this.bytes('weight', weight), 0));
    const [, across] = scale.shape;
    const scales = this.float(b.op('Gather', [this.numbers('scale', scale), this.by(this.units, rows)], { axis: 0 }));
    const product = (x: Value) => (factor === undefined ? x : b.op('Mul', [x, b.floats([factor])]));
    if (across > 1 && inputs % columns !== 0) {
      const tiles = this.by(range(b, 0, inputs), columns);
      return product(b.op('Mul', [values, b.op('Gather', [scales, tiles], { axis: 1 })]));
    }
    return product(this.perGroup('Mul', values, scales, inputs / across));
  }

  rows({ bits, weight, scale, groups: count, offset, groupOf }: RowPacking): Value {
    const { b } = this;
    const [, words] = weight.shape;
    const bytes = this.taken(this.bytes('weight', weight, [weight.shape[0], 4 * words]), 0);
    const q = this.float(this.interleaved(this.fields(bytes, bits)));
    const first = (x: Value, { shape: [, columns] }: PackedPart, perWord: number) =>
      columns * perWord === count ? x : b.op('Slice', [x, b.ints([0]), b.ints([count]), b.ints([1])]);
    const scales = this.float(first(this.taken(this.numbers('scale', scale), 0), scale, 1));
    const groups = { size: this.inputs / count, groupOf };
    switch (offset.kind) {
      case 'number':
        return this.grouped('Mul', b.op('Sub', [q, b.floats([offset.zero])]), scales, groups);
      case 'bias': {
        const biases = this.float(this.taken(this.numbers('bias', offset.bias), 0));
        return this.grouped('Add', this.grouped('Mul', q, scales, groups), biases, groups);
      }
      case 'zeros': {
        const zeros = this.float(this.field('zeros', offset.zeros, bits, 0));
        return this.grouped('Mul', this.grouped('Sub', q, zeros, groups), scales, groups);
      }
      case 'zeros of groups': {
        const [outputs, columns] = offset.zeros.shape;
        const packed = this.taken(this.bytes('zeros', offset.zeros, [outputs, 4 * columns]), 0);
        const all = this.interleaved(this.fields(packed, bits), (32 / bits) * columns);
        const zeros = this.float(first(all, offset.zeros, 32 / bits));
        return this.grouped('Mul', this.grouped('Sub', q, zeros, groups), scales, groups);
      }
    }
  }

  codebook({ weight, table, run, scale, nested }: CodebookPacking): Value {
    const { b, inputs } = this;
    const [low, high] = this.fields(this.taken(this.bytes('weight', weight), 0), 4);
    const values = this.entries(this.numbers('table', table), this.interleaved([high, low]));
    const runs = inputs / run;
    if (nested === undefined) {
      const scales = this.taken(this.view('scale', scale, DataType.FLOAT, [scale.shape[0] / runs, runs]), 0);
      return this.perGroup('Mul', values, scales, run);
    }
    const codes = this.taken(this.bytes('scale', scale, [scale.shape[0] / runs, runs]), 0);
    const first = reshape(b, b.op('Mul', [this.units, b.ints([runs])]), [-1, 1]);
    const numbers = this.by(b.op('Add', [first, range(b, 0, runs)]), nested.run);
    const ofScales = b.op('Gather', [this.numbers('nested scale', nested.scale), numbers], { axis: 0 });
    const product = b.op('Mul', [this.entries(this.numbers('nested table', nested.table), codes), ofScales]);
    return this.perGroup('Mul', values, b.op('Add', [product, b.floats([nested.offset])]), run);
  }

  mxfp4({ weight, scale }: Mxfp4Packing): Value {
    const { b, inputs } = this;
    const halves = this.fields(this.taken(this.bytes('weight', weight), 0), 4);
    const scales = this.entries(b.floats(E8M0), this.taken(this.bytes('scale', scale), 0));
    return this.perGroup('Mul', this.entries(b.floats(E2M1), this.interleaved(halves)), scales, inputs / scale.shape[1]);
  }

  gptq({ bits, weight, scale, zeros, zeroOffset, groupOf }: GptqPacking): Value {
    const { b, inputs } = this;
    const [words, outputs] = weight.shape;
    const bytes = this.taken(this.bytes('weight', weight, [words, outputs, 4]), 1);
    const fields = this.fields(bytes, bits).map((field) => b.op('Unsqueeze', [field, b.ints([0])]));
    const together = b.op('Concat', fields, { axis: 0 });
    const q = this.float(reshape(b, b.op('Transpose', [together], { perm: [2, 1, 3, 0] }), [-1, inputs]));
    const stored = this.field('zeros', zeros, bits, 1);
    const zero = zeroOffset === 0 ? stored : b.op('BitwiseAnd', [b.op('Add', [stored, this.word(zeroOffset)]), this.word(2 ** bits - 1)]);
    const groups = { size: inputs / scale.shape[0], groupOf };
    const scales = this.float(this.turned(this.taken(this.numbers('scale', scale), 1)));
    return this.grouped('Mul', this.grouped('Sub', q, this.float(this.turned(zero)), groups), scales, groups);
  }

  awq({ weight, scale, zeros }: AwqPacking): Value {
    const { b, inputs } = this;
    const [groups, outputs] = scale.shape;
    const q = this.float(this.eights('weight', weight));
    const taken = this.float(this.taken(this.numbers('scale', scale, [groups, outputs / 8, 8]), 1));
    const scales = reshape(b, b.op('Transpose', [taken], { perm: [1, 2, 0] }), [-1, groups]);
    const size = inputs / groups;
    const centred = zeros === undefined ? q : this.perGroup('Sub', q, this.float(this.eights('zeros', zeros)), size);
    return this.perGroup('Mul', centred, scales, size);
  }

  /**
   * Integers of four bits, eight in a word: those of outputs 0, 2, 4, 6, 1, 3, 5, 7, from the lowest bits on. So of four bytes the first
   * two have even outputs and the last two odd ones; each second byte has those that come 4 later, each upper half those that come 2 later.
   * [rows,outputs/8] → [m·8,rows]
   */
  private eights(role: string, part: PackedPart): Value {
    const { b } = this;
    const [rows, words] = part.shape;
    const taken = this.taken(this.bytes(role, part, [rows, words, 2, 2]), 1);
    const halves = this.fields(taken, 4).map((half) => b.op('Unsqueeze', [half, b.ints([0])]));
    const together = b.op('Concat', halves, { axis: 0 });
    // [half, row, word, odd, later] → [word, later, half, odd, row]
    return reshape(b, b.op('Transpose', [together], { perm: [2, 4, 0, 3, 1] }), [-1, rows]);
  }

  /** Integers of so many bits in each byte, those in the lowest bits first. */
  private fields(bytes: Value, bits: number): Value[] {
    const { b } = this;
    if (bits === 8) return [bytes];
    const count = 8 / bits;
    return Array.from({ length: count }, (_, k) => {
      const shifted = k === 0 ? bytes : b.op('BitShift', [bytes, b.bytes(Uint8Array.of(k * bits), [])], { direction: 'RIGHT' });
      return k === count - 1 ? shifted : b.op('BitwiseAnd', [shifted, b.bytes(Uint8Array.of(2 ** bits - 1), [])]);
    });
  }

  /** The first of each, then the second of each, and so on. [m,bytes] each → [m,width] */
  private interleaved(fields: readonly Value[], width = this.inputs): Value {
    const { b } = this;
    if (fields.length === 1) return fields[0];
    const together = b.op(
      'Concat',
      fields.map((field) => reshape(b, field, [1, -1])),
      { axis: 0 },
    );
    return reshape(b, b.op('Transpose', [together], { perm: [1, 0] }), [-1, width]);
  }

  /** Few integers for the rows that are wanted, which are packed into words along an axis. 32 bits each */
  private field(role: string, part: PackedPart, bits: number, axis: 0 | 1): Value {
    const { b } = this;
    const perWord = 32 / bits;
    const words = b.op('Gather', [this.view(role, part, DataType.UINT32), this.by(this.units, perWord)], { axis });
    const at = b.op('Mul', [b.op('Mod', [this.units, b.ints([perWord])]), b.ints([bits])]);
    const shift = b.op('Cast', [axis === 0 ? reshape(b, at, [-1, 1]) : at], { to: DataType.UINT32 });
    return b.op('BitwiseAnd', [b.op('BitShift', [words, shift], { direction: 'RIGHT' }), this.word(2 ** bits - 1)]);
  }

  /** What is said of groups of inputs, for each. @param ofGroups [m,groups] */
  private grouped(
    operator: 'Add' | 'Sub' | 'Mul',
    values: Value,
    ofGroups: Value,
    { size, groupOf }: { readonly size: number; readonly groupOf: PackedPart | undefined },
  ): Value {
    if (groupOf === undefined) return this.perGroup(operator, values, ofGroups, size);
    const index = this.view('groups', groupOf, DataType.INT32);
    return this.b.op(operator, [values, this.b.op('Gather', [ofGroups, index], { axis: 1 })]);
  }

  /** The same where each so many inputs are a group. [m,inputs] */
  private perGroup(operator: 'Add' | 'Sub' | 'Mul', values: Value, ofGroups: Value, size: number): Value {
    const { b, inputs } = this;
    if (size === inputs) return b.op(operator, [values, ofGroups]);
    const groups = inputs / size;
    const result = b.op(operator, [reshape(b, values, [-1, groups, size]), reshape(b, ofGroups, [-1, groups, 1])]);
    return reshape(b, result, [-1, inputs]);
  }

  /** What a table has for each number. */
  private entries(table: Value, codes: Value): Value {
    return this.b.op('Gather', [this.float(table), this.b.op('Cast', [codes], { to: DataType.INT32 })], { axis: 0 });
  }

  /** Those of the rows that are wanted, along an axis. */
  private taken(x: Value, axis: 0 | 1): Value {
    return this.b.op('Gather', [x, this.units], { axis });
  }

  /** Whole numbers divided, what is left dropped. */
  private by(x: Value, divisor: number): Value {
    return divisor === 1 ? x : this.b.op('Div', [x, this.b.ints([divisor])]);
  }

  private turned(x: Value): Value {
    return this.b.op('Transpose', [x], { perm: [1, 0] });
  }

  private float(x: Value): Value {
    return this.b.op('Cast', [x], { to: DataType.FLOAT });
  }

  private word(value: number): Value {
    return this.b.op('Cast', [this.b.ints([value])], { to: DataType.UINT32 });
  }

  private numbers(role: string, part: PackedPart, shape = part.shape): Value {
    return this.view(role, part, NUMBERS[part.dtype], shape);
  }

  private bytes(role: string, part: PackedPart, shape = part.shape): Value {
    return this.view(role, part, DataType.UINT8, shape);
  }

  /** A part as the file holds it. */
  private view(role: string, part: PackedPart, type: DataType, shape = part.shape): Value {
    return this.b.external(`${this.name} ${role} as ${type} [${shape.join()}]`, type, shape, part.bytes);
  }
}
