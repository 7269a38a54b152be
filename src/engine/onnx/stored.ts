/** Tensors of the checkpoint in a graph, whatever their storage. */
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import { isWidened } from '../../model/checkpoint/storage';

const STORED_TYPES = { F32: DataType.FLOAT, F16: DataType.FLOAT16, BF16: DataType.BFLOAT16 } as const;

/** A tensor as it is stored, or as it is in memory; `widen` makes it F32. @throws Problem `weights-missing` */
export function stored(b: GraphBuilder, tensor: string): Value {
  const { shape, storage } = b.weights.get(tensor);
  if (b.weights.isInMemory(tensor)) return b.fed(tensor, shape);
  return b.external(tensor, STORED_TYPES[storage.dtype], shape, storage.bytes);
}

/**
 * Rows of a stored tensor as a tensor of its own, mapped from their bytes; null where it does not lie so that rows can be named without
 * a copy.
 */
export function storedRows(b: GraphBuilder, tensor: string, from: number, length: number): Value | null {
  const { shape, storage } = b.weights.get(tensor);
  if (b.weights.isInMemory(tensor)) return null;
  const { bytes, dtype } = storage;
  const rowBytes = bytes.byteLength / shape[0];
  const range = { file: bytes.file, offset: bytes.offset + from * rowBytes, byteLength: length * rowBytes };
  return b.external(`${tensor}[${from}:${from + length}]`, STORED_TYPES[dtype], [length, ...shape.slice(1)], range);
}

/** Converts what was taken from a stored tensor to F32, where it is not F32 already. */
export function widen(b: GraphBuilder, value: Value, tensor: string): Value {
  return isNarrow(b, tensor) ? b.op('Cast', [value], { to: DataType.FLOAT }) : value;
}

/** Whether a graph meets a tensor in fewer bits than it is computed with. */
export function isNarrow(b: GraphBuilder, tensor: string): boolean {
  return !b.weights.isInMemory(tensor) && isWidened(b.weights.get(tensor).storage);
}
