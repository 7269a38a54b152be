/** Lines of words in columns. */

import { graphemes } from '../../core/text/graphemes';

const GAP = '  ';

/** Characters of a text as a reader counts them. */
export function width(text: string): number {
  return [...graphemes(text)].length;
}

/** The text, or as much of its beginning as fits together with `…`. */
export function clip(text: string, to: number): string {
  let count = 0;
  let kept = '';
  for (const { segment } of graphemes(text)) {
    if (++count > to) return `${kept}…`;
    if (count < to) kept += segment;
  }
  return text;
}

/** Rows of equal length as lines, each column as wide as its widest cell; nothing follows the last cell of a line. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => width(row[c] ?? '')))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, c) => cell + ' '.repeat((widths[c] ?? 0) - width(cell)))
      .join(GAP)
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}

/**
 * The same with the first column as a heading of each line.
 *
 * @param limit width of the terminal; columns that do not fit continue in a further table below, after an empty line. Absent: one table
 */
export function wrapped(rows: readonly (readonly string[])[], limit: number | undefined): string {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => width(row[c] ?? '')))) ?? [];
  return split(widths, limit ?? Infinity)
    .map((group) => columns(rows.map((row) => [0, ...group].map((c) => row[c] ?? ''))))
    .join('\n');
}

/** Groups columns 1… so that each group fits beside column 0. */
function split(widths: readonly number[], limit: number): number[][] {
  const [first = 0, ...others] = widths;
  const groups: number[][] = [];
  let used = Infinity;
  for (const [i, needed] of others.map((size) => GAP.length + size).entries()) {
    let group = groups.at(-1);
    if (group === undefined || used + needed > limit) {
      group = [];
      groups.push(group);
      used = first;
    }
    group.push(i + 1);
    used += needed;
  }
  return groups;
}
