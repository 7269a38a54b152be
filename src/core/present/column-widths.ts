/** How wide the columns of tokens are that are not folded: as wide as their texts, those that matter most first. */

/** A column, by the place of its token among all that have one. */
export interface WantedColumn {
  /** pixels that its texts take */
  readonly wanted: number;
  /** the larger, the earlier it gets what it wants */
  readonly weight: number;
}

/** No token takes more than this, in pixels. */
const MOST = 140;

/**
 * Widths in pixels that together take the room. None is narrower than `least`, but for a token that needs less; what is left when all
 * have what they want is spread.
 *
 * @param least together no more than the room
 */
export function columnWidths(columns: readonly WantedColumn[], room: number, least: number): readonly number[] {
  const widths = columns.map(({ wanted }) => Math.min(least, wanted));
  let rest = room - widths.reduce((sum, width) => sum + width, 0);
  const ranked = columns.map((_, i) => i).sort((a, b) => (columns[b]?.weight ?? 0) - (columns[a]?.weight ?? 0));
  for (const i of ranked) {
    const more = Math.min(rest, Math.max(0, Math.min(MOST, columns[i]?.wanted ?? 0) - (widths[i] ?? 0)));
    widths[i] = (widths[i] ?? 0) + more;
    rest -= more;
  }
  return widths.map((width) => width + rest / columns.length);
}
