/** The largest and the smallest of many figures, without an order of all of them. */

/** Which indices are in question beside their figures. */
export interface InQuestion {
  /** indices that are taken whatever their place */
  readonly always?: readonly number[];
  /** whether an index is left out, but for those that are always taken; absent: none is */
  readonly isOut?: (index: number) => boolean;
}

/**
 * Indices of the `top` largest and `bottom` smallest figures, largest first, equal ones in their order. When both together cover everything, each index
 * still appears once.
 */
export function extremes(figures: Float32Array, top: number, bottom: number, { always = [], isOut }: InQuestion = {}): number[] {
  const isIn = (index: number): boolean => isOut === undefined || always.includes(index) || !isOut(index);
  // Equal figures come by their index.
  const falling = (a: number, b: number): number => figures[b] - figures[a] || a - b;
  const first = leading(figures.length, top, falling, isIn);
  const last = leading(figures.length, bottom, (a, b) => falling(b, a), isIn);
  return [...new Set([...first, ...last, ...always])].sort(falling);
}

/** The first `count` of the numbers below `length` in an order, of those that are in. */
function leading(length: number, count: number, order: (a: number, b: number) => number, isIn: (index: number) => boolean): number[] {
  const found: number[] = [];
  if (count === 0) return found;
  for (let index = 0; index < length; index++) {
    const isFull = found.length === count;
    if ((isFull && order(index, found[count - 1]) > 0) || !isIn(index)) continue;
    if (isFull) found.pop();
    found.splice(placeIn(found, index, order), 0, index);
  }
  return found;
}

/** Where a number belongs among others that are in order. */
function placeIn(inOrder: readonly number[], index: number, order: (a: number, b: number) => number): number {
  let [from, to] = [0, inOrder.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (order(inOrder[middle], index) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
