/** Rows and shapes of tensors, as nodes of a graph. */
import type { GraphBuilder, Value } from './graph-builder';

/** Same values, new shape. -1: whatever is left; 0: as it was. */
export function reshape(b: GraphBuilder, x: Value, shape: readonly number[]): Value {
  return b.op('Reshape', [x, b.ints(shape)]);
}

/** The last of the rows. [n,width] → [1,width] */
export function lastRow(b: GraphBuilder, x: Value): Value {
  return b.op('Gather', [x, b.ints([-1])], { axis: 0 });
}

/** How many rows there are. [n,…] → [1] */
export function rowCount(b: GraphBuilder, x: Value): Value {
  return b.op('Slice', [b.op('Shape', [x]), b.ints([0]), b.ints([1])]);
}

/** How many positions a prompt has of which there are copies. [B·n,…] → [1] n. @param copies [1] B; null: 1 */
export function positionCount(b: GraphBuilder, x: Value, copies: Value | null): Value {
  return copies === null ? rowCount(b, x) : b.op('Div', [rowCount(b, x), copies]);
}

/** Without its axes. [1] → [] */
export function scalar(b: GraphBuilder, x: Value): Value {
  return b.op('Squeeze', [x]);
}

/** Whole numbers from one on. @param from,to scalars; `to` is excluded @returns [n] */
export function range(b: GraphBuilder, from: Value | number, to: Value | number): Value {
  const value = (given: Value | number): Value => (typeof given === 'number' ? b.ints(given) : given);
  return b.op('Range', [value(from), value(to), b.ints(1)]);
}

/**
 * With an axis for the copies of a prompt in front, as some operators want it. [B·n,width] → [B,n,width]
 *
 * @param copies [1] B; null: 1
 */
export function batched(b: GraphBuilder, x: Value, copies: Value | null, width: number): Value {
  if (copies === null) return b.op('Unsqueeze', [x, b.ints([0])]);
  return b.op('Reshape', [x, b.op('Concat', [copies, b.ints([-1, width])], { axis: 0 })]);
}

/** The same rows for every copy. [n,width] → [B,n,width] */
export function copied(b: GraphBuilder, x: Value, copies: Value | null): Value {
  const one = b.op('Unsqueeze', [x, b.ints([0])]);
  return copies === null ? one : b.op('Expand', [one, b.op('Concat', [copies, b.ints([1, 1])], { axis: 0 })]);
}

/** The reverse of `batched`. */
export function unbatched(b: GraphBuilder, x: Value, copies: Value | null, width: number): Value {
  return copies === null ? b.op('Squeeze', [x, b.ints([0])]) : reshape(b, x, [-1, width]);
}
