/** How much of a quantised weight is dequantised at a time: what a core’s cache holds. */
import { rowsTogether } from '../../model/checkpoint/quantised/packing';
import type { Storage } from '../../model/checkpoint/storage';

/** Numbers of a weight that are dequantised at once. */
const NUMBERS_AT_ONCE = 1 << 20;

/** Numbers of a weight that are read as F32 together where that is not done by the graph, so that products with them are large enough to be fast. */
export const STREAMED_AT_ONCE = 1 << 23;

/** How the rows of a weight are cut: `count` slices of one height, and what is left. */
export interface RowSlices {
  readonly height: number;
  readonly count: number;
}

/** Slices of about so many numbers: the largest height that divides the rows, or 1 where that would be far too low and the rest has to be whole. */
export function rowSlices(rows: number, columns: number, numbersAtOnce = NUMBERS_AT_ONCE): RowSlices {
  const most = Math.max(1, Math.floor(numbersAtOnce / columns));
  if (rows <= most) return { height: rows, count: 1 };
  // A divisor that is a little too large is better than one that is far too small.
  let height = rows;
  for (let count = 1; count <= rows; count++) {
    if (rows % count !== 0) continue;
    const next = rows / count;
    if (next < most / 16) break;
    height = next;
    if (height <= most) break;
  }
  return { height, count: rows / height };
}

/** The same for a weight that is stored so, of which some rows may only be taken together. @param shape [rows, columns] */
export function storageSlices([rows, columns]: readonly number[], storage: Storage): RowSlices {
  const together = rowsStoredTogether(storage, rows);
  const { height, count } = rowSlices(rows / together, columns * together);
  return { height: height * together, count };
}

/** How many rows of a weight are packed into the same words, or belong to a head that is stored pair by pair. */
export function rowsStoredTogether(storage: Storage, rows: number): number {
  if (storage.kind === 'packed') return rowsTogether(storage.packing);
  return storage.pairedHeads === undefined ? 1 : rows / storage.pairedHeads;
}

/**
 * The rows of a weight that is read some rows at a time: runs of about the same height.
 * @param together how many rows can only be taken together
 * @param most numbers of a run, where more than `together` rows are in it
 */
export function streamedSlices(
  rows: number,
  columns: number,
  together: number,
  most: number,
): { readonly from: number; readonly length: number }[] {
  const count = Math.ceil((rows * columns) / most);
  const height = Math.ceil(rows / count / together) * together;
  return Array.from({ length: Math.ceil(rows / height) }, (_, i) => ({ from: i * height, length: Math.min(height, rows - i * height) }));
}
