/** Rows that are dealt with a few at a time, so that what is made of them stays in a core's cache and never fills memory. */
import type { GraphBuilder, Value } from './graph-builder';
import { rowCount } from './shapes';

/** How rows are divided into turns of the same size: a few too many, where their number does not come out even. */
export interface Turns {
  /** [1] N */ readonly rows: Value;
  /** [1] */ readonly count: Value;
  /** [1] rows of a turn */ readonly size: Value;
}

/** @param x [N,…], at least one row @param most how many rows at a time */
export function turnsOf(b: GraphBuilder, x: Value, most: number): Turns {
  const rows = rowCount(b, x);
  const upTo = (n: Value, by: Value) => b.op('Div', [b.op('Add', [n, b.op('Sub', [by, b.ints([1])])]), by]);
  const count = upTo(rows, b.ints([most]));
  return { rows, count, size: upTo(rows, count) };
}

/** The rows, and the last of them as often as it takes to fill the turns. [N,d] → [turns·size,d] */
export function filled(b: GraphBuilder, x: Value, { rows, count, size }: Turns): Value {
  const missing = b.op('Sub', [b.op('Mul', [count, size]), rows]);
  return b.op('Pad', [x, b.op('Concat', [b.ints([0, 0]), missing, b.ints([0])], { axis: 0 })], { mode: 'edge' });
}

/** The rows without those that filled the turns. [turns·size,…] → [N,…] */
export function unfilled(b: GraphBuilder, x: Value, { rows }: Turns): Value {
  return b.op('Slice', [x, b.ints([0]), rows, b.ints([0])]);
}

/**
 * What `body` makes of the rows of one turn after the other.
 *
 * @param xs [turns·size,width] each
 * @param body [size,width] each → floats [size,columns]; what it makes of a row depends on no other row
 * @returns [turns·size,columns] each
 */
export function rowsInTurn(
  b: GraphBuilder,
  xs: readonly Value[],
  { count, size }: Turns,
  body: (rows: readonly Value[]) => readonly Value[],
): Value[] {
  const parts = b.op('Concat', [count, size, b.ints([-1])], { axis: 0 });
  const stacked = b.scanned(
    xs.map((x) => b.op('Reshape', [x, parts])),
    body,
  );
  const whole = b.op('Mul', [count, size]);
  return stacked.map((x) => b.op('Reshape', [x, b.op('Concat', [whole, b.ints([-1])], { axis: 0 })]));
}
