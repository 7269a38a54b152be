/** The grid of what two lenses read differently: borders of blocks × positions. */
import * as l10n from '@vscode/l10n';
import type { TokenScore } from '#core/format/flow-graph';
import type { LensDifference, LensDifferenceCell } from '#core/insight/lens-difference';
import { agreementInWords, isFaint, lensFact, lensTitlesApart } from '#core/present/lens-words';
import { showToken } from '#core/text/token-text';
import { colourOf, type Axis } from '../../lib/colour/axes';
import { PALETTES } from '../../lib/colour/palettes';
import type { GridData } from '../../lib/controls/grid-rows';
import { formatProbability } from '../../lib/format/number';
import { layerName } from '../../parts/depth-strip';
import type { PageState } from '../../state/page-state';
import { at, factsCard, placeInWords, positionHeadings } from '../../parts/overview/grids';

/** How many tokens only one of two lenses lists. */
export function differenceAxis({ listed }: LensDifference): Axis {
  return {
    title: l10n.t('Tokens of {0} that only one lens lists', String(listed)),
    diverging: false,
    place: (count) => count / listed,
    ticks: Array.from({ length: listed + 1 }, (_, count) => ({ at: count / listed, label: String(count) })),
  };
}

/** The border that a row shows: that before the last is on top, as at the last all lenses say the same. */
export function borderOfRow({ model }: Pick<LensDifference, 'model'>, row: number): number {
  return model.nLayers - 1 - row;
}

/** One row a border, the last on top; one column a position. A cell shows what `readBy` of the view says. */
export function differenceGrid(difference: LensDifference, { theme, view, shown }: PageState): GridData {
  const { model, other, tokens, cells } = difference;
  const { readBy } = view.grid;
  const axis = differenceAxis(difference);
  const [oneName, otherName] = lensTitlesApart([model.lens, other]);
  const read = readBy === 'one' ? model : { lens: other };
  const cellAt = (row: number, p: number): LensDifferenceCell => at(cells, borderOfRow(difference, row), p);
  const onlyIn = ({ only, otherOnly }: LensDifferenceCell): string =>
    only.length === 0
      ? l10n.t('both list the same')
      : l10n.t('only {0}: {1}; only {2}: {3}', oneName, listOf(only), otherName, listOf(otherOnly));
  return {
    corner: l10n.t('Layer'),
    rows: Array.from({ length: model.nLayers }, (_, row) => {
      const border = borderOfRow(difference, row);
      const said = [layerName(border - 1), agreementInWords(model, border), agreementInWords({ lens: other }, border)];
      return {
        text: border === 0 ? l10n.t('Emb.') : String(border - 1),
        said: said.filter((part) => part !== undefined).join('. '),
        current: shown?.graph.layers.includes(border - 1) === true,
      };
    }),
    columns: positionHeadings(tokens, shown?.graph.position ?? -1),
    cell(row, p) {
      const border = borderOfRow(difference, row);
      const cell = cellAt(row, p);
      const [first] = readBy === 'one' ? cell.only : cell.otherOnly;
      return {
        text: first === undefined ? '' : showToken(first),
        colour: colourOf(cell.only.length, axis, PALETTES[theme.kind]),
        doubtful: isFaint(read, border),
        said: `${layerName(border - 1)}, ${placeInWords({ tokens }, p)}: ${onlyIn(cell)}`,
      };
    },
    card(row, p) {
      const border = borderOfRow(difference, row);
      const cell = cellAt(row, p);
      return factsCard(`${layerName(border - 1)} · ${placeInWords({ tokens }, p)}`, firstOf(cell), [
        [l10n.t('Only {0}', oneName), listOf(cell.only)],
        [l10n.t('Only {0}', otherName), listOf(cell.otherOnly)],
        [l10n.t('Lens'), lensFact(model, border)],
        [l10n.t('Other lens'), lensFact({ lens: other }, border)],
      ]);
    },
  };
}

/** The first token of the one and of the other: "·Tokyo 20% ↔ ·the 4%". */
function firstOf({ first, otherFirst }: LensDifferenceCell): string {
  const [one, other] = [first, otherFirst].map((token) => `${showToken(token)} ${formatProbability(token.probability)}`);
  return `${one ?? ''} ↔ ${other ?? ''}`;
}

function listOf(tokens: readonly TokenScore[]): string {
  return tokens.length === 0 ? l10n.t('nothing') : tokens.map(showToken).join(' ');
}
