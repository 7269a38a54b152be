/** Keys that move through a grid, after the grid pattern of the ARIA Authoring Practices. */

/** A cell, from 0. */
export interface Place {
  readonly row: number;
  readonly column: number;
}

/** Rows that Page Up and Page Down move by. */
const PAGE = 10;

/** Where a key leads, which may lie outside; null: it does not move. @param last the last row and column */
export function placeForKey({ key, ctrlKey }: KeyboardEvent, { row, column }: Place, last: Place): Place | null {
  switch (key) {
    case 'ArrowLeft':
      return { row, column: column - 1 };
    case 'ArrowRight':
      return { row, column: column + 1 };
    case 'ArrowUp':
      return { row: row - 1, column };
    case 'ArrowDown':
      return { row: row + 1, column };
    case 'PageUp':
      return { row: row - PAGE, column };
    case 'PageDown':
      return { row: row + PAGE, column };
    case 'Home':
      return { row: ctrlKey ? 0 : row, column: 0 };
    case 'End':
      return { row: ctrlKey ? last.row : row, column: last.column };
    default:
      return null;
  }
}
