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

/** Without its axes. [1] → [] */
export function scalar(b: GraphBuilder, x: Value): Value {
  return b.op('Squeeze', [x]);
}

/** With the axis of one batch in front, as some operators want it. [n,…] → [1,n,…] */
export function batched(b: GraphBuilder, x: Value): Value {
  return b.op('Unsqueeze', [x, b.ints([0])]);
}

/** The reverse of `batched`. */
export function unbatched(b: GraphBuilder, x: Value): Value {
  return b.op('Squeeze', [x, b.ints([0])]);
}
