import type { Memory } from './available';
import type { MemoryNeed } from './need';

/** Rows of several copies of a prompt that run together: with more, a product is no quicker for each. */
const ROWS = 256;

/** How many copies of the first so many positions of a prompt run together: as many as pay, and as there is memory for; at least one. */
export function copiesAtOnce(positions: number, need: Pick<MemoryNeed, 'copies'>, { available }: Memory): number {
  let copies = Math.max(1, Math.floor(ROWS / positions));
  while (copies > 1 && need.copies(positions, copies) > available) copies = copies >> 1;
  return copies;
}
