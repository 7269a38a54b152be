/** Rows that are dealt with a few at a time, so that what is made of them never fills memory. */
import type { GraphBuilder, Value } from './graph-builder';
import { rowCount, scalar } from './shapes';

/**
 * What `body` makes of a few rows at a time. Where their number does not come out even, the last few are taken together with some that were
 * dealt with before.
 *
 * @param x [N,width], at least one row
 * @param count how many rows at a time
 * @param body [n,width] → floats [n,columns]; what it makes of a row depends on no other row
 * @returns [N,columns]
 */
export function rowsInTurn(b: GraphBuilder, x: Value, count: number, body: (rows: Value) => Value): Value {
  const all = rowCount(b, x);
  const size = b.op('Min', [all, b.ints([count])]);
  const one = b.ints([1]);
  const turns = b.op('Div', [b.op('Sub', [b.op('Add', [all, size]), one]), size]);
  const lastStart = b.op('Sub', [all, size]);
  const stacked = b.stacked(scalar(b, turns), (index) => {
    const start = b.op('Min', [b.op('Mul', [index, size]), lastStart]);
    return body(b.op('Slice', [x, start, b.op('Add', [start, size]), b.ints([0])]));
  });
  const columns = b.op('Slice', [b.op('Shape', [stacked]), b.ints([2]), b.ints([3])]);
  const rows = b.op('Reshape', [stacked, b.op('Concat', [b.ints([-1]), columns], { axis: 0 })]);
  // Of the last turn, only the rows that no turn before it had.
  const before = b.op('Mul', [b.op('Sub', [turns, one]), size]);
  const first = b.op('Slice', [rows, b.ints([0]), before, b.ints([0])]);
  const last = b.op('Slice', [rows, b.op('Sub', [before, all]), b.ints([2 ** 31 - 1]), b.ints([0])]);
  return b.op('Concat', [first, last], { axis: 0 });
}
