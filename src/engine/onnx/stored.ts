/** Tensors of the checkpoint in a graph, whatever their storage. */
import type { GraphBuilder, Value } from './graph-builder';
import { DataType } from './proto';
import { isWidened } from '../../model/checkpoint/storage';

const STORED_TYPES = { F32: DataType.FLOAT, F16: DataType.FLOAT16, BF16: DataType.BFLOAT16 } as const;

/** A tensor as it is stored; `widen` makes it F32. @throws Problem `weights-missing` */
export function stored(b: GraphBuilder, tensor: string): Value {
  const { shape, storage } = b.weights.get(tensor);
  return b.external(tensor, STORED_TYPES[storage.dtype], shape, storage.bytes);
}

/** Converts what was taken from a stored tensor to F32, where it is not F32 already. */
export function widen(b: GraphBuilder, value: Value, tensor: string): Value {
  return isNarrow(b, tensor) ? b.op('Cast', [value], { to: DataType.FLOAT }) : value;
}

/** Whether a tensor is stored in fewer bits than it is computed with. */
export function isNarrow(b: GraphBuilder, tensor: string): boolean {
  return isWidened(b.weights.get(tensor).storage);
}
