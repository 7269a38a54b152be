/** Tensors of the checkpoint in a graph, whatever their storage. */
import { rowsTogether } from '../../model/checkpoint/quantised/packing';
import { BLOCKS, isQuantised, isWidened, type BlockStorage, type DenseStorage, type PackedStorage } from '../../model/checkpoint/storage';
import { storageSlices, type RowSlices } from '../memory/row-slices';
import { dequantised, type BlockViews } from './dequantise';
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import { range, reshape, rowCount, scalar } from './shapes';
import { unpackedRows } from './unpack';

const STORED_TYPES = { F32: DataType.FLOAT, F16: DataType.FLOAT16, BF16: DataType.BFLOAT16 } as const;

/** Whether a graph meets a tensor quantised, of which only whole rows can be taken: see `product-of-rows.ts`. */
export function isInRows(b: GraphBuilder, tensor: string): boolean {
  return !b.weights.isInMemory(tensor) && isQuantised(b.weights.get(tensor).storage);
}

/** Whether a graph meets a tensor in fewer bits than it is computed with. */
export function isNarrow(b: GraphBuilder, tensor: string): boolean {
  return !b.weights.isInMemory(tensor) && isWidened(b.weights.get(tensor).storage);
}

/**
 * A tensor as it is stored, or as it is in memory, or as F32 if it is quantised; `widen` makes it F32.
 * @throws Problem `weights-missing`
 */
export function stored(b: GraphBuilder, tensor: string): Value {
  const { shape, storage } = b.weights.get(tensor);
  if (b.weights.isInMemory(tensor)) return b.fed(tensor, shape);
  return storage.kind === 'dense' ? dense(b, tensor, storage) : storedRows(b, tensor, (rows) => rows);
}

/**
 * Rows of a stored tensor as a tensor of its own, mapped from their bytes; null where it does not lie so that rows can be named without
 * a copy.
 */
export function rangeOfRows(b: GraphBuilder, tensor: string, from: number, length: number): Value | null {
  const { shape, storage } = b.weights.get(tensor);
  if (b.weights.isInMemory(tensor) || storage.kind !== 'dense') return null;
  if (storage.pairedHeads !== undefined || storage.permuted !== undefined) return null;
  const { bytes, dtype } = storage;
  const rowBytes = bytes.byteLength / shape[0];
  const range = { file: bytes.file, offset: bytes.offset + from * rowBytes, byteLength: length * rowBytes };
  return b.external(`${tensor}[${from}:${from + length}]`, STORED_TYPES[dtype], [length, ...shape.slice(1)], range);
}

/** Converts what was taken from a stored tensor to F32, where it is not F32 already. */
export function widen(b: GraphBuilder, value: Value, tensor: string): Value {
  return isNarrow(b, tensor) && !isInRows(b, tensor) ? b.op('Cast', [value], { to: DataType.FLOAT }) : value;
}

/**
 * Some rows of a tensor, F32. Taken first, widened then.
 * @param take chooses along the first axis; may be used on several tensors that stand for the same rows
 */
export function storedRows(b: GraphBuilder, tensor: string, take: (rows: Value) => Value): Value {
  if (!isInRows(b, tensor)) return widen(b, take(stored(b, tensor)), tensor);
  const { shape, storage } = b.weights.get(tensor);
  return storage.kind === 'packed' ? rowsOfPacked(b, tensor, storage, take) : rowsOfBlocks(b, tensor, shape.slice(0, -1), take);
}

/** How the rows of a quantised tensor are cut into slices that are dequantised one at a time. */
export function slicesOfRows(b: GraphBuilder, tensor: string): RowSlices {
  const { shape, storage } = b.weights.get(tensor);
  return storageSlices(shape, storage);
}

/** So many rows of a quantised tensor, which is cut into slices of as many rows each, as the slice of one number. [height,columns], F32 */
export function sliceOfRows(b: GraphBuilder, tensor: string, { count, height }: RowSlices, index: Value): Value {
  const { shape, storage } = b.weights.get(tensor);
  if (storage.kind !== 'packed') return rowsOfBlocks(b, tensor, [count, height], (slices) => b.op('Gather', [slices, index], { axis: 0 }));
  const units = b.ints(height / rowsTogether(storage.packing));
  const first = b.op('Mul', [index, units]);
  return unpackedRows(b, tensor, storage.packing, shape[1], range(b, first, b.op('Add', [first, units])));
}

/** @param take see `storedRows` */
function rowsOfPacked(b: GraphBuilder, tensor: string, { packing }: PackedStorage, take: (rows: Value) => Value): Value {
  const [rows, inputs] = b.weights.get(tensor).shape;
  const together = rowsTogether(packing);
  const all = range(b, 0, rows);
  const taken = take(all);
  const unpack = (units: Value) => unpackedRows(b, tensor, packing, inputs, units);
  if (together === 1) return unpack(taken);
  if (taken === all) return unpack(range(b, 0, rows / together));
  // Of the rows that are unpacked together with each, itself.
  const own = b.op('Mod', [taken, b.ints([together])]);
  const first = b.op('Mul', [range(b, 0, scalar(b, rowCount(b, taken))), b.ints([together])]);
  return b.op('Gather', [unpack(b.op('Div', [taken, b.ints([together])])), b.op('Add', [first, own])], { axis: 0 });
}

function rowsOfBlocks(b: GraphBuilder, tensor: string, leading: readonly number[], take: (rows: Value) => Value): Value {
  const { shape, storage } = b.weights.get(tensor);
  if (storage.kind !== 'blocks') throw new Error(`${tensor} is not stored in blocks`);
  const columns = shape[shape.length - 1];
  const { numbers, bytes } = BLOCKS[storage.dtype];
  const rowBytes = (columns / numbers) * bytes;
  const view = (type: DataType, size: number) => () => {
    const whole = unpaired(b, `${tensor} as ${type}`, type, [...leading], rowBytes / size, storage);
    return reshape(b, take(whole), [-1, bytes / size]);
  };
  const values = dequantised(b, storage.dtype, new LazyViews(view(DataType.UINT8, 1), view(DataType.INT8, 1), view(DataType.FLOAT16, 2)));
  return reshape(b, values, shape.length === 1 ? [columns] : [-1, columns]);
}

/** Views that are made when they are first asked for, inside whatever graph asks. */
class LazyViews implements BlockViews {
  private readonly made = new Map<() => Value, Value>();

  constructor(
    private readonly makeUnsigned: () => Value,
    private readonly makeSigned: () => Value,
    private readonly makeHalf: () => Value,
  ) {}

  get unsigned(): Value {
    return this.once(this.makeUnsigned);
  }

  get signed(): Value {
    return this.once(this.makeSigned);
  }

  get half(): Value {
    return this.once(this.makeHalf);
  }

  private once(make: () => Value): Value {
    const value = this.made.get(make) ?? make();
    this.made.set(make, value);
    return value;
  }
}

function dense(b: GraphBuilder, tensor: string, storage: DenseStorage): Value {
  const { shape } = b.weights.get(tensor);
  const type = STORED_TYPES[storage.dtype];
  if (storage.permuted) {
    const stored = b.external(tensor, type, storage.permuted.shape, storage.bytes);
    return reshape(b, b.op('Transpose', [stored], { perm: storage.permuted.axes }), shape);
  }
  if (storage.pairedHeads === undefined) return b.external(tensor, type, shape, storage.bytes);
  const rest = shape.slice(1).reduce((product, size) => product * size, 1);
  return reshape(b, unpaired(b, tensor, type, [shape[0]], rest, storage), shape);
}

/** The bytes of rows in the order that the model has: halves of heads that are stored pair by pair are put back. [...leading,width] */
function unpaired(
  b: GraphBuilder,
  name: string,
  type: DataType,
  leading: readonly number[],
  width: number,
  { bytes, pairedHeads: heads }: DenseStorage | BlockStorage,
): Value {
  if (heads === undefined) return b.external(`${name} [${leading.join()}]`, type, [...leading, width], bytes);
  const pairs = leading.reduce((product, size) => product * size, 1) / heads / 2;
  const stored = b.external(`${name} in pairs`, type, [heads, pairs, 2, width], bytes);
  return reshape(b, b.op('Transpose', [stored], { perm: [0, 2, 1, 3] }), [...leading, width]);
}
