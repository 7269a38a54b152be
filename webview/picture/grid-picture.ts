/** Grids of coloured cells as a picture, one under the other, each with its title and the scale of its colours. */
import { clip } from '../graph/node-paint';
import type { Axis } from '../lib/colour/axes';
import { readableOn, toHex } from '../lib/colour/colour';
import { PALETTES } from '../lib/colour/palettes';
import type { GridData, GridHeading } from '../lib/controls/grid-rows';
import type { Passage } from '../lib/format/passage';
import type { Theme } from '../lib/theme/theme';
import { legendScale, paragraph, stacked, type Block, type Sheet } from './caption';
import { CAPTION_WIDTH, LEAST_WIDTH, pictureOf, type DrawnGraph } from './graph-picture';
import { drawnPassages } from './passages-picture';
import type { MeasureFont, Picture, PictureSurface } from './picture';

/** A grid, and what is said of it. */
export interface GridSection {
  readonly title: string;
  readonly data: GridData;
  readonly axis: Axis;
  /** widths of a cell and of the rows' headings, in pixels */
  readonly cellWidth: number;
  readonly headingWidth: number;
}

/** Heights of a row and of the columns' headings, sizes of text, and what a text keeps from its cell's edge; in pixels. */
const CELL = { height: 18, head: 20, text: 11, pad: 4 } as const;
const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';

/** What a picture of grids says. */
export interface GridPicture {
  readonly title: string;
  /** of all grids: the first line stands out */
  readonly head: readonly string[];
  readonly sections: readonly GridSection[];
  /** text and tables under the grids */
  readonly below: readonly Passage[];
}

/** See the head of this file. */
export function gridPicture({ title, head, sections, below }: GridPicture, theme: Theme, measure: MeasureFont): Picture {
  const grids = sections.map((section) => drawnGrid(section, theme, measure));
  const under = below.length === 0 ? [] : [drawnPassages(below, theme, measure)];
  const width = Math.max(LEAST_WIDTH, ...[...grids, ...under].map((drawn) => drawn.width));
  const sheet: Sheet = { theme, measure, width: Math.min(width, CAPTION_WIDTH) };
  return pictureOf({
    title,
    theme,
    width,
    head: stacked(
      head.map((line, i) => paragraph(line, i === 0 ? { size: 16, strong: true } : { size: 12, muted: true }, sheet)),
      2,
    ),
    drawn: [...sections.map((section, i) => underTitle(section, grids[i] ?? drawnGrid(section, theme, measure), sheet)), ...under],
    legend: stacked([], 0),
  });
}

/** A grid below its title and its scale. */
function underTitle({ title, axis }: GridSection, grid: DrawnGraph, sheet: Sheet): DrawnGraph {
  const above: Block = stacked(
    [paragraph(title, { size: 14, strong: true }, sheet), legendScale(axis, PALETTES[sheet.theme.kind], sheet)],
    4,
  );
  return {
    width: grid.width,
    height: above.height + 4 + grid.height,
    draw(surface) {
      above.draw(surface, 0, 0);
      surface.group({ y: above.height + 4 }, () => grid.draw(surface));
    },
  };
}

function drawnGrid({ data, cellWidth, headingWidth }: GridSection, theme: Theme, measure: MeasureFont): DrawnGraph {
  const { rows, columns, corner } = data;
  const fonts = { plain: `${CELL.text}px ${theme.font}`, strong: `600 ${CELL.text}px ${theme.font}`, mono: `${CELL.text}px ${MONO}` };
  const write = (surface: PictureSurface, text: string, font: string, x: number, y: number, room: number): void => {
    surface.font = font;
    surface.textAlign = 'left';
    surface.textBaseline = 'middle';
    surface.fillText(
      clip(text, room, (part) => measure(part, font)),
      x,
      y,
    );
  };
  const heading = (surface: PictureSurface, { text, current }: GridHeading, x: number, y: number, room: number): void => {
    surface.fillStyle = current ? theme.foreground : theme.muted;
    write(surface, text, current ? fonts.strong : fonts.plain, x, y, room);
  };
  return {
    width: headingWidth + columns.length * cellWidth,
    height: CELL.head + rows.length * CELL.height,
    draw(surface) {
      heading(surface, { text: corner, said: corner, current: false }, 0, CELL.head / 2, headingWidth - CELL.pad);
      columns.forEach((column, c) =>
        heading(surface, column, headingWidth + c * cellWidth + CELL.pad, CELL.head / 2, cellWidth - 2 * CELL.pad),
      );
      rows.forEach((row, r) => {
        const top = CELL.head + r * CELL.height;
        heading(surface, row, 0, top + CELL.height / 2, headingWidth - CELL.pad);
        columns.forEach((_, c) => {
          const { text, colour, said } = data.cell(r, c);
          const left = headingWidth + c * cellWidth;
          surface.group({ name: said }, () => {
            surface.fillStyle = toHex(colour);
            surface.fillRect(left, top, cellWidth - 1, CELL.height - 1);
            surface.fillStyle = readableOn(colour);
            write(surface, text, fonts.mono, left + CELL.pad, top + CELL.height / 2, cellWidth - 2 * CELL.pad);
          });
        });
      });
    },
  };
}
