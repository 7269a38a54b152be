/** What two lenses read of the same streams, as a table for a terminal. */
import type { LensDifference, LensDifferenceCell } from '../../core/insight/lens-difference';
import { lensInWords } from '../../core/present/lens-words';
import { showToken } from '../../core/text/token-text';
import { lensLine } from './lens-line';
import { clip, wrapped } from './table';

const MAX_TOKEN = 11;

/**
 * One row per border of blocks but the last, at which all lenses say the same; one column per prompt token. A cell is what both lenses say, or what each
 * of them says, and how many of its tokens the other does not list.
 *
 * @param columns terminal width; positions that do not fit continue in a further table. Absent: one table.
 */
export function lensDifferenceTable({ model, other, tokens, listed, cells }: LensDifference, columns: number | undefined): string {
  const cell = ({ first, otherFirst, only }: LensDifferenceCell): string => {
    const [one, two] = [first, otherFirst].map((token) => clip(showToken(token), MAX_TOKEN));
    return `${first.id === otherFirst.id ? one : `${one} | ${two}`} ${only.length}`;
  };
  const rows = [
    ['', ...tokens.map((token, p) => clip(`${p} ${showToken(token)}`, MAX_TOKEN))],
    ...cells.slice(0, model.nLayers).map((border, b) => [b === 0 ? 'embeddings' : `layer ${b - 1}`, ...border.map(cell)]),
  ];
  return (
    wrapped(rows, columns) +
    `\nFirst token through ${lensInWords(model.lens)} | through ${lensInWords(other)}, once where both say the same; then, of the ${listed} tokens that each lists, how many the other does not.\n` +
    lensLine(model) +
    lensLine({ ...(other && { lens: other }) })
  );
}
