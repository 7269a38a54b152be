/** Tensors of the checkpoint in a graph, whatever their storage. */
import { rowsTogether } from '../../model/checkpoint/quantised/packing';
import type { MatrixSpec } from '../../model/architecture/model-spec';
import {
  BLOCKS,
  isPermuted,
  isQuantised,
  isWidened,
  type BlockStorage,
  type DenseStorage,
  type PackedStorage,
  type Permuted,
} from '../../model/checkpoint/storage';
import { rowsStoredTogether, storageSlices, streamedSlices, type RowSlices } from '../memory/row-slices';
import { dequantised, type BlockViews } from './dequantise';
import { cut, features, rowsInTensor } from './features';
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import { range, reshape, rowCount, scalar } from './shapes';
import { unpackedRows } from './unpack';

const STORED_TYPES = { F32: DataType.FLOAT, F16: DataType.FLOAT16, BF16: DataType.BFLOAT16 } as const;

/** Whether a graph meets a tensor quantised, of which only whole rows can be taken: see `product-of-rows.ts`. */
export function isInRows(b: GraphBuilder, tensor: string): boolean {
  const { storage } = b.weights.get(tensor);
  return !b.weights.isInMemory(tensor) && isQuantised(storage) && !isPermuted(storage);
}

/** Whether a graph meets a tensor in fewer bits than it is computed with. */
export function isNarrow(b: GraphBuilder, tensor: string): boolean {
  const { storage } = b.weights.get(tensor);
  return !b.weights.isInMemory(tensor) && isWidened(storage) && !(storage.kind === 'blocks' && isPermuted(storage));
}

/**
 * A tensor as it is stored, or as it is in memory, or as F32 if it is quantised; `widen` makes it F32.
 * @throws Problem `weights-missing`
 */
export function stored(b: GraphBuilder, tensor: string): Value {
  const { shape, storage } = b.weights.get(tensor);
  if (b.weights.isInMemory(tensor)) return b.fed(tensor, shape);
  if (storage.kind === 'dense') return dense(b, tensor, storage);
  return storage.kind === 'blocks' && storage.permuted
    ? reordered(b, tensor, storage, storage.permuted)
    : storedRows(b, tensor, (rows) => rows);
}

/** A tensor whose blocks run along another axis than its last, F32. */
function reordered(b: GraphBuilder, tensor: string, { bytes }: BlockStorage, { shape, axes }: Permuted): Value {
  const leading = shape.slice(0, -1);
  const values = valuesOfBlocks(b, tensor, (type, width) => b.external(`${tensor} as ${type}`, type, [...leading, width], bytes));
  return reshape(b, b.op('Transpose', [reshape(b, values, shape)], { perm: axes }), b.weights.get(tensor).shape);
}

/**
 * Rows of a stored tensor as a tensor of its own, mapped from their bytes; null where it does not lie so that rows can be named without
 * a copy.
 */
export function rangeOfRows(b: GraphBuilder, tensor: string, from: number, length: number): Value | null {
  const { shape, storage } = b.weights.get(tensor);
  if (b.weights.isInMemory(tensor) || storage.kind !== 'dense' || storage.permuted !== undefined) return null;
  const { bytes, dtype } = storage;
  const together = rowsStoredTogether(storage, shape[0]);
  if (from % together !== 0 || length % together !== 0) return null;
  const rowBytes = bytes.byteLength / shape[0];
  const range = { file: bytes.file, offset: bytes.offset + from * rowBytes, byteLength: length * rowBytes };
  const rows = b.external(`${tensor}[${from}:${from + length}]`, STORED_TYPES[dtype], [length, ...shape.slice(1)], range);
  if (together === 1) return rows;
  const rest = shape.slice(1).reduce((product, size) => product * size, 1);
  return reshape(b, halvesOfHeads(b, rows, together, rest), [length, ...shape.slice(1)]);
}

/** How many rows of a stored tensor, from a multiple of their number on, can only be taken together where no copy is to be made. */
export function rowsTakenTogether(b: GraphBuilder, tensor: string): number {
  const { shape, storage } = b.weights.get(tensor);
  return rowsStoredTogether(storage, shape[0]);
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
  const { storage } = b.weights.get(tensor);
  if (storage.kind === 'dense' || !isInRows(b, tensor)) return widen(b, take(stored(b, tensor)), tensor);
  return storage.kind === 'packed' ? rowsOfPacked(b, tensor, storage, take) : rowsOfBlocks(b, tensor, storage, take);
}

/** Whether a quantised weight whose rows are its outputs can be used slice by slice: where it is a part of a tensor, each row has to be packed alone. */
export function canBeSliced(b: GraphBuilder, { tensor, part }: MatrixSpec): boolean {
  const { storage } = b.weights.get(tensor);
  return part === undefined || (storage.kind === 'packed' && rowsTogether(storage.packing) === 1);
}

/** How the rows of a quantised weight are cut into slices that are dequantised one at a time. */
export function slicesOfRows(b: GraphBuilder, { tensor, outputs, inputs }: MatrixSpec): RowSlices {
  return storageSlices([outputs, inputs], b.weights.get(tensor).storage);
}

/** The rows of a quantised weight that are read outside of the graph, some at a time; null where the graph has to dequantise them. */
export function streamedRows(b: GraphBuilder, { tensor, part }: MatrixSpec): StreamedRows[] | null {
  // Within a loop or a branch it is not known which are needed.
  if (b.isNested || part !== undefined || !b.weights.isStreamed(tensor)) return null;
  const { shape, storage } = b.weights.get(tensor);
  const [outputs, inputs] = shape;
  return streamedSlices(outputs, inputs, rowsStoredTogether(storage, outputs), b.weights.streamedAtOnce).map(({ from, length }) => ({
    rows: b.fed(b.weights.streamedRows(tensor, from, length), [length, inputs]),
    from,
    length,
  }));
}

/** Some rows of a weight. [length,inputs], F32 */
export interface StreamedRows {
  readonly rows: Value;
  readonly from: number;
  readonly length: number;
}

/** All rows of a quantised weight. [outputs,inputs], F32 */
export function allRows(b: GraphBuilder, weight: MatrixSpec): Value {
  return storedRows(b, weight.tensor, (rows) => cut(b, rows, features(weight), 0));
}

/** So many rows of a quantised weight, which is cut into slices of as many rows each, as the slice of one number. [height,inputs], F32 */
export function sliceOfRows(b: GraphBuilder, weight: MatrixSpec, { count, height }: RowSlices, index: Value): Value {
  const { tensor } = weight;
  const { shape, storage } = b.weights.get(tensor);
  if (storage.kind === 'blocks') {
    const together = rowsStoredTogether(storage, shape[0]);
    return valuesOfBlocks(b, tensor, (type, width) => {
      const slices = b.external(`${tensor} as ${type} [${count}]`, type, [count, height, width], storage.bytes);
      const rows = b.op('Gather', [slices, index], { axis: 0 });
      return together === 1 ? rows : halvesOfHeads(b, rows, together, width);
    });
  }
  if (storage.kind !== 'packed') throw new Error(`${tensor} is not quantised`);
  const units = b.ints(height / rowsTogether(storage.packing));
  const first = b.op('Mul', [index, units]);
  const rows = range(b, first, b.op('Add', [first, units]));
  return unpackedRows(b, tensor, storage.packing, shape[1], rowsInTensor(b, weight, rows));
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

function rowsOfBlocks(b: GraphBuilder, tensor: string, storage: BlockStorage, take: (rows: Value) => Value): Value {
  const leading = b.weights.get(tensor).shape.slice(0, -1);
  return valuesOfBlocks(b, tensor, (type, width) => take(unpaired(b, `${tensor} as ${type}`, type, leading, width, storage)));
}

/** @param view the bytes of some rows as numbers of a type, so many of which are a row */
function valuesOfBlocks(b: GraphBuilder, tensor: string, view: (type: DataType, width: number) => Value): Value {
  const { shape, storage } = b.weights.get(tensor);
  if (storage.kind !== 'blocks') throw new Error(`${tensor} is not stored in blocks`);
  const columns = (storage.permuted?.shape ?? shape).at(-1) ?? 1;
  const { numbers, bytes } = BLOCKS[storage.dtype];
  const rowBytes = (columns / numbers) * bytes;
  const blocks = (type: DataType, size: number) => () => reshape(b, view(type, rowBytes / size), [-1, bytes / size]);
  const values = dequantised(
    b,
    storage.dtype,
    new LazyViews(blocks(DataType.UINT8, 1), blocks(DataType.INT8, 1), blocks(DataType.FLOAT16, 2)),
  );
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
    const { axes, indices = [] } = storage.permuted;
    const whole = b.external(tensor, type, storage.permuted.shape, storage.bytes);
    const stored = indices.reduce((taken: Value, index, i) => b.op('Gather', [taken, b.ints([index])], { axis: axes[i] }), whole);
    return reshape(b, b.op('Transpose', [stored], { perm: axes }), shape);
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
  const rows = leading.reduce((product, size) => product * size, 1);
  const stored = b.external(`${name} in pairs`, type, [rows, width], bytes);
  return reshape(b, halvesOfHeads(b, stored, rows / heads, width), [...leading, width]);
}

/** Rows of whole heads of so many features, stored pair by pair: the first half of each head, and then the second. [rows,width] */
function halvesOfHeads(b: GraphBuilder, rows: Value, features: number, width: number): Value {
  const pairs = reshape(b, rows, [-1, features / 2, 2, width]);
  return reshape(b, b.op('Transpose', [pairs], { perm: [0, 2, 1, 3] }), [-1, width]);
}
