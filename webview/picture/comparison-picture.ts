/** A comparison as a picture: both sides merged into one graph, or one above the other, so that what is alike is in one place. */
import * as l10n from '@vscode/l10n';
import { assertNever } from '#core/problem';
import { drawnCircuit } from '../graph/drawn';
import type { Painter } from '../graph/painter';
import { PALETTES } from '../lib/colour/palettes';
import { formatChange, largest, measureNoun } from '../state/measures';
import type { PageState } from '../state/page-state';
import { keptByShare } from '../state/selectors';
import { paneState } from '../state/pane';
import { SIDES, type Pane, type ShownComparison } from '../state/shown-comparison';
import { legendItems, legendScale, paragraph, stacked, type Block, type Sheet } from './caption';
import { CAPTION_WIDTH, drawnGraph, graphLine, graphMarks, LEAST_WIDTH, pictureOf, type DrawnGraph } from './graph-picture';
import { lineMark, tornMark } from './legend-marks';
import type { MeasureFont, Picture } from './picture';

/** @param state in the theme of the picture; what its `compared` is drawn as, is drawn here @param painters of a side, and of both merged */
export function comparisonPicture(
  compared: ShownComparison,
  painters: { readonly side: Painter; readonly merged: Painter },
  state: PageState,
  measure: MeasureFont,
): Picture {
  const { theme, view } = state;
  const of = (pane: Pane, painter: Painter): DrawnGraph => {
    const own = paneState(state, pane);
    return drawnGraph(drawnCircuit(compared[pane], keptByShare(own)), painter, own);
  };
  const drawn = view.compare.drawing === 'merged' ? [of('merged', painters.merged)] : SIDES.map((side) => of(side, painters.side));
  const width = Math.max(LEAST_WIDTH, ...drawn.map((each) => each.width));
  const sheet: Sheet = { theme, measure, width: Math.min(width, CAPTION_WIDTH) };
  const named = SIDES.flatMap((side) => {
    const { graph } = compared[side];
    return [
      paragraph(`${compared.words[side].name}: ${graph.prompt}`, { size: 16, strong: true }, sheet),
      paragraph(graphLine(graph), { size: 12, muted: true }, sheet),
    ];
  });
  return pictureOf({
    title: l10n.t`Comparison: ${compared.left.graph.prompt} | ${compared.right.graph.prompt}`,
    theme,
    width,
    head: stacked(named, 2),
    drawn: view.compare.drawing === 'merged' ? drawn : drawn.map((each, i) => titled(each, compared.words[SIDES[i] ?? 'left'].name, sheet)),
    legend: stacked(legendOf(compared, state, sheet), 6),
  });
}

/** A drawing under the name of its side. */
function titled(drawn: DrawnGraph, name: string, sheet: Sheet): DrawnGraph {
  const title = paragraph(name, { size: 14, strong: true }, sheet);
  return {
    width: drawn.width,
    height: title.height + drawn.height,
    draw(surface) {
      title.draw(surface, 0, 0);
      surface.group({ y: title.height }, () => drawn.draw(surface));
    },
  };
}

function legendOf(compared: ShownComparison, state: PageState, sheet: Sheet): readonly Block[] {
  const { theme, view } = state;
  const palette = PALETTES[theme.kind];
  const { words } = compared;
  const { measure, drawing } = view.compare;
  switch (drawing) {
    case 'sides':
      return [legendScale(compared.left.scale(view.colourBy), palette, sheet), ...graphMarks(compared.left, state, sheet)];
    case 'merged': {
      const most = largest(compared.changes.values(), measure);
      const { positive, negative } = palette.edges;
      const scale = {
        title: l10n.t`Change in ${measureNoun(measure)}, square-root`,
        diverging: true,
        ticks: [
          { at: 0, label: formatChange(measure, -most) },
          { at: 0.5, label: '0' },
          { at: 1, label: formatChange(measure, most) },
        ],
      };
      return [
        legendScale(scale, palette, sheet),
        legendItems(
          '',
          [
            tornMark('right', negative, l10n.t`only ${words.left.there}`),
            tornMark('left', positive, l10n.t`only ${words.right.there}`),
            lineMark([{ colour: positive, dashed: false }], l10n.t`edge stronger ${words.right.there}`),
            lineMark([{ colour: negative, dashed: true }], l10n.t`edge stronger ${words.left.there}`),
          ],
          sheet,
        ),
      ];
    }
    default:
      return assertNever(drawing);
  }
}
