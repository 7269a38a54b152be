/** Lines of words in columns. */

const segments = new Intl.Segmenter();

/** Characters of a text as a reader counts them. */
export function width(text: string): number {
  return [...segments.segment(text)].length;
}

/** The text, or as much of its beginning as fits together with `…`. */
export function clip(text: string, to: number): string {
  let count = 0;
  let kept = '';
  for (const { segment } of segments.segment(text)) {
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
      .join('  ')
      .trimEnd();
  return rows.map((row) => `${line(row)}\n`).join('');
}
