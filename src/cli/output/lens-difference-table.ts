/** What two lenses read of the same streams, as a table for a terminal. */
import type { LensDifference, LensDifferenceCell } from '../../core/insight/lens-difference';
import { twoLensesInWords } from '../../core/present/lens-words';
import { showToken } from '../../core/text/token-text';
import { lensLine } from './lens-line';
import { clip, wrapped } from './table';

const MAX_TOKEN = 11;

/**
 * One row per border of blocks but the last, at which all lenses say the same; one column per prompt token. A cell is what both lenses say, or what each
 * of them says, and how many of its tokens the other does not list.
 *
 * @param columns terminal width; positions that do not fit continue in a further table. Absent: one table.
 * @param asked by what names or files the two lenses were asked for
 */
export function lensDifferenceTable(
  { model, other, tokens, listed, cells }: LensDifference,
  columns: number | undefined,
  asked?: readonly [string | undefined, string | undefined],
): string {
  const [one, two] = twoLensesInWords([model.lens, other], asked);
  const cell = ({ first, otherFirst, only }: LensDifferenceCell): string => {
    const [text, otherText] = [first, otherFirst].map((token) => clip(showToken(token), MAX_TOKEN));
    return `${first.id === otherFirst.id ? text : `${text} | ${otherText}`} ${only.length}`;
  };
  const rows = [
    ['', ...tokens.map((token, p) => clip(`${p} ${showToken(token)}`, MAX_TOKEN))],
    ...cells.slice(0, model.nLayers).map((border, b) => [b === 0 ? 'embeddings' : `layer ${b - 1}`, ...border.map(cell)]),
  ];
  return (
    wrapped(rows, columns) +
    `\nFirst token through ${one} | through ${two}, once where both say the same; then, of the ${listed} tokens that each lists, how many the other does not.\n` +
    lensLine(model, one) +
    lensLine({ ...(other && { lens: other }) }, two)
  );
}
