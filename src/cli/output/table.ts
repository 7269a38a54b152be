/** Lines of words in columns. */

const segments = new Intl.Segmenter();
const width = (text: string): number => [...segments.segment(text)].length;

/** Rows of equal length as lines, each column as wide as its widest cell; nothing follows the last cell of a line. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, c) => Math.max(...rows.map((row) => width(row[c])))) ?? [];
  const line = (row: readonly string[]): string => row.map((cell, c) => cell + ' '.repeat(widths[c] - width(cell))).join('  ').trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
