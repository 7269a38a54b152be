/** Text and tables as a picture: every row that the page has, in columns as wide as what is in them, on the ground of the picture. */
import { assertNever } from '#core/problem';
import type { Passage, TableRow } from '../lib/format/passage';
import type { Theme } from '../lib/theme/theme';
import { paragraph, stacked, type Block, type Sheet } from './caption';
import { drawFigure } from './figure';
import { CAPTION_WIDTH, LEAST_WIDTH, pictureOf, type DrawnGraph } from './graph-picture';
import { inkBlock } from './ink';
import type { MeasureFont, Picture } from './picture';

/** Sizes of text, and space between columns, rows and passages, in pixels. */
const SIZE = { large: 16, small: 14, text: 12 } as const;
const SPACE = { columns: 16, rows: 3, passages: 8, figures: 24, indent: 14 } as const;
/** No column is narrower where there is too little room for all of them. */
const LEAST_COLUMN = 70;
/** A longer word is cut. */
const LONGEST_WORD = 320;

/** @param head is said of all of it: the first line stands out */
export function passagesPicture(
  { title, head, passages }: { readonly title: string; readonly head: readonly string[]; readonly passages: readonly Passage[] },
  theme: Theme,
  measure: MeasureFont,
): Picture {
  const drawn = drawnPassages(passages, theme, measure);
  const sheet: Sheet = { theme, measure, width: drawn.width };
  const lines = head.map((line, i) => paragraph(line, i === 0 ? { size: 16, strong: true } : { size: 12, muted: true }, sheet));
  return pictureOf({ title, theme, width: drawn.width, head: stacked(lines, 2), drawn: [drawn], legend: stacked([], 0) });
}

/** Passages one under the other. @param least width that their lines have, in pixels; tables may need more */
export function drawnPassages(passages: readonly Passage[], theme: Theme, measure: MeasureFont, least: number = LEAST_WIDTH): DrawnGraph {
  const sheetOf = (width: number): Sheet => ({ theme, measure, width });
  const tables = new Map(
    passages.flatMap((passage) => (passage.kind === 'table' ? [[passage, tableBlock(passage.rows, sheetOf(CAPTION_WIDTH))]] : [])),
  );
  const width = Math.max(least, figuresWidth(passages), ...Array.from(tables.values(), (table) => table.width));
  const sheet = sheetOf(width);
  const blocks: Block[] = [];
  let beside: { readonly left: number; readonly block: Block }[] = [];
  /** Drawings stand beside each other where there is room. */
  const flush = (): void => {
    if (beside.length > 0) blocks.push(besideEachOther(beside));
    beside = [];
  };
  for (const passage of passages) {
    if (passage.kind !== 'figure') flush();
    switch (passage.kind) {
      case 'heading':
        blocks.push(space(4), inkBlock(passage.lines, { size: SIZE[passage.size], strong: true }, sheet).block);
        break;
      case 'text':
        blocks.push(inkBlock(passage.lines, { size: SIZE.text }, sheet).block);
        break;
      case 'table':
        blocks.push(tables.get(passage)?.block ?? space(0));
        break;
      case 'figure': {
        const { figure, caption } = passage;
        const last = beside.at(-1);
        const left = last === undefined ? 0 : last.left + figure.width + SPACE.figures;
        if (left + figure.width > width) flush();
        const words = inkBlock(caption, { size: SIZE.text, muted: true }, sheetOf(figure.width)).block;
        const drawing: Block = { height: figure.height, draw: (surface, x, y) => drawFigure(surface, figure, { x, y, scale: 1 }, theme) };
        beside.push({ left: beside.length === 0 ? 0 : left, block: stacked([drawing, words], 4) });
        break;
      }
      default:
        assertNever(passage);
    }
  }
  flush();
  const all = stacked(blocks, SPACE.passages);
  return { width, height: all.height, draw: (surface) => all.draw(surface, 0, 0) };
}

/** Of the drawings that follow on each other, as many beside each other as a picture may be wide. */
function figuresWidth(passages: readonly Passage[]): number {
  let [most, now] = [0, 0];
  for (const passage of passages) {
    if (passage.kind !== 'figure') now = 0;
    else {
      const longer = now + (now === 0 ? 0 : SPACE.figures) + passage.figure.width;
      now = longer <= CAPTION_WIDTH ? longer : passage.figure.width;
      most = Math.max(most, now);
    }
  }
  return most;
}

function space(height: number): Block {
  return { height, draw: () => undefined };
}

function besideEachOther(blocks: readonly { readonly left: number; readonly block: Block }[]): Block {
  return {
    height: Math.max(...blocks.map(({ block }) => block.height)),
    draw: (surface, x, y) => blocks.forEach(({ left, block }) => block.draw(surface, x + left, y)),
  };
}

/** @param sheet its width is the most that the table may take */
function tableBlock(rows: readonly TableRow[], sheet: Sheet): { readonly width: number; readonly block: Block } {
  const widths = columnWidths(rows, sheet);
  const lefts = widths.map((_, c) => widths.slice(0, c).reduce((sum, width) => sum + width + SPACE.columns, 0));
  const width = (lefts.at(-1) ?? 0) + (widths.at(-1) ?? 0);
  const laid = rows.map((row) => {
    let column = 0;
    const cells = row.cells.map((cell) => {
      const first = column;
      column = Math.min(widths.length, column + cell.span);
      const indent = first === 0 ? row.depth * SPACE.indent : 0;
      const left = (lefts[first] ?? 0) + indent;
      const right = (lefts[column - 1] ?? 0) + (widths[column - 1] ?? 0);
      return { left, block: inkBlock(cell.lines, settingOf(row), { ...sheet, width: Math.max(1, right - left) }, cell.align).block };
    });
    return { head: row.head, block: besideEachOther(cells.length === 0 ? [{ left: 0, block: space(0) }] : cells) };
  });
  return {
    width,
    block: {
      height: laid.reduce((sum, { block }) => sum + block.height + 2 * SPACE.rows, 0),
      draw(surface, x, y) {
        let top = y;
        laid.forEach(({ head, block }, r) => {
          if (r > 0) {
            surface.fillStyle = sheet.theme.border;
            surface.fillRect(x, top, width, laid[r - 1]?.head === true && !head ? 1 : 0.5);
          }
          block.draw(surface, x, top + SPACE.rows);
          top += block.height + 2 * SPACE.rows;
        });
      },
    },
  };
}

function settingOf({ head }: TableRow): { readonly size: number; readonly muted: boolean } {
  return { size: SIZE.text, muted: head };
}

/** As wide as what is in them; where that is too much, the widest are narrowed to one width, but to no less than their longest word. */
function columnWidths(rows: readonly TableRow[], sheet: Sheet): readonly number[] {
  const count = Math.max(0, ...rows.map(({ cells }) => cells.reduce((sum, { span }) => sum + span, 0)));
  const [natural, least] = [new Array<number>(count).fill(0), new Array<number>(count).fill(0)];
  for (const row of rows) {
    let column = 0;
    for (const { lines, span } of row.cells) {
      const indent = column === 0 ? row.depth * SPACE.indent : 0;
      if (span === 1) {
        const { width, longest } = inkBlock(lines, settingOf(row), { ...sheet, width: Infinity });
        natural[column] = Math.max(natural[column] ?? 0, Math.ceil(width) + indent);
        least[column] = Math.max(least[column] ?? 0, Math.min(LONGEST_WORD, Math.ceil(longest) + indent));
      }
      column += span;
    }
  }
  const room = sheet.width - SPACE.columns * Math.max(0, count - 1);
  const narrowed = (most: number): readonly number[] => natural.map((width, c) => Math.max(least[c] ?? 0, Math.min(width, most)));
  let most = Math.max(LEAST_COLUMN, ...natural);
  while (most > LEAST_COLUMN && narrowed(most).reduce((sum, width) => sum + width, 0) > room) most -= 4;
  return narrowed(most);
}
