/**
 * Reads what a part of the page says: headings, text, tables and small drawings, in the colours that its styles give them, but
 * not where they stand: a panel may be too narrow for its columns, or show some of the rows at a time.
 */
import type { Ink, Lines, Passage, TableCell, TableRow, TextInk } from '../format/passage';
import { readFigure } from './read-figure';

const TABLE = 'table, [role=table], [role=tree]';
/** What is laid out from top to bottom by itself; whatever has none of these in it is one text. */
const BLOCKS = `${TABLE}, h1, h2, h3, p, ul, ol, section, figure, details, svg[role=img]`;
/** A row of headings alone, where it is not in a head of its own. */
const HEAD_ROW = ':not(:has(td, [role=rowheader], [role=cell]))';
/** What is there to be used, or for screen readers alone. Buttons among words are words. */
const NO_TEXT = '.unseen, .icon, .modes, .waiting, input, select, textarea, label, caption, [role=grid], [role=group], [role=progressbar]';

/** @param root in the document, in the theme that colours are wanted in; what is hidden in it is left out */
export function readPassages(root: Element): readonly Passage[] {
  if (!isShown(root) || root.matches(NO_TEXT) || isControl(root)) return [];
  if (root.matches(TABLE)) return [{ kind: 'table', rows: rowsOf(root) }];
  if (root instanceof SVGSVGElement) return root.matches('[role=img]') ? [{ kind: 'figure', figure: readFigure(root), caption: [] }] : [];
  if (root.matches('figure')) return figureOf(root);
  if (root.matches('[aria-hidden=true]')) return [];
  if (root.querySelector(BLOCKS) !== null) return [...root.children].flatMap(readPassages);
  const lines = numbered(root, linesOf(root, false));
  if (lines.length === 0) return [];
  if (root.matches('h1, h2, h3')) return [{ kind: 'heading', size: root.matches('h1') ? 'large' : 'small', lines }];
  return [{ kind: 'text', lines }];
}

/** An item of a list that is counted begins with its number. */
function numbered(of: Element, lines: Lines): Lines {
  const [[first, ...words] = [], ...more] = lines;
  if (!of.matches('ol > li') || first?.kind !== 'text') return lines;
  const place = [...(of.parentElement?.children ?? [])].indexOf(of) + 1;
  return [[{ ...first, text: `${place}. `, strong: false }, first, ...words], ...more];
}

/** A drawing with all that is written about it. */
function figureOf(root: Element): readonly Passage[] {
  const svg = root.querySelector('svg[role=img]');
  const caption = [...root.querySelectorAll('figcaption')].flatMap((each) => linesOf(each, false));
  return svg instanceof SVGSVGElement ? [{ kind: 'figure', figure: readFigure(svg), caption }] : [];
}

function isShown(of: Element): boolean {
  return !(of instanceof HTMLElement && of.hidden) && getComputedStyle(of).display !== 'none' && !of.matches('details:not([open])');
}

/** A field or a button of the toolkit. */
function isControl(of: Element): boolean {
  return of.localName.includes('-');
}

/** The rows of a table, or of a tree below its headings. Columns in which no row says anything are left out. */
function rowsOf(table: Element): readonly TableRow[] {
  const isTree = table.matches('[role=tree]');
  const heading = isTree ? table.previousElementSibling : null;
  const all = [...(heading === null ? [] : [heading]), ...table.querySelectorAll('tr, [role=row], [role=treeitem]')];
  const rows = all.map((row) => ({ row, cells: isBranch(row) ? [] : cellsOf(row) }));
  const columns = Math.max(1, ...rows.map(({ cells }) => cells.reduce((sum, { span }) => sum + span, 0)));
  const isHead = (row: Element): boolean => (isTree ? row === heading : row.closest('thead') !== null || row.matches(HEAD_ROW));
  const said = new Set(
    rows.flatMap(({ row, cells }) => (isHead(row) ? [] : placed(cells).flatMap(({ cell, over }) => (saysAnything(cell) ? over : [])))),
  );
  return rows.map(({ row, cells }) => ({
    head: isHead(row),
    depth: Math.max(0, Number(row.getAttribute('aria-level') ?? 1) - 1),
    cells: isBranch(row)
      ? [{ lines: linesOf(row, true), align: 'left', span: Math.max(1, said.size || columns) }]
      : placed(cells).flatMap(({ cell, over }) => {
          const kept = over.filter((column) => said.has(column) || said.size === 0);
          return kept.length === 0 ? [] : [{ ...cell, span: kept.length }];
        }),
  }));
}

/** A row that opens others: it has a title, and no cells. */
function isBranch(row: Element): boolean {
  return row.hasAttribute('aria-expanded');
}

function cellsOf(row: Element): readonly TableCell[] {
  return [...row.children].filter((cell) => !(cell instanceof HTMLElement && cell.hidden)).map(cellOf);
}

/** Cells with the columns that they stand over. */
function placed(cells: readonly TableCell[]): readonly { readonly cell: TableCell; readonly over: readonly number[] }[] {
  let next = 0;
  return cells.map((cell) => ({ cell, over: Array.from({ length: cell.span }, () => next++) }));
}

function saysAnything({ lines }: TableCell): boolean {
  return lines.length > 0;
}

function cellOf(cell: Element): TableCell {
  const { textAlign } = getComputedStyle(cell);
  const lines = linesOf(cell, true);
  const sorted = { ascending: ' ↑', descending: ' ↓' }[cell.getAttribute('aria-sort') ?? ''];
  const last = lines.at(-1)?.at(-1);
  const marked =
    sorted === undefined || last?.kind !== 'text'
      ? lines
      : [...lines.slice(0, -1), [...(lines.at(-1) ?? []).slice(0, -1), { ...last, text: last.text.trimEnd() + sorted }]];
  return {
    lines: marked,
    align: textAlign === 'right' || textAlign === 'end' ? 'right' : 'left',
    span: cell instanceof HTMLTableCellElement ? cell.colSpan : 1,
  };
}

/** What the ink of an element takes from what it is in. */
interface Around {
  readonly after: Ink['after'];
  readonly ground: string | null;
  readonly opacity: number;
}

/** The ink of an element in its lines. @param inTable what stands on a line of its own has one in the cell too */
function linesOf(root: Element, inTable: boolean): Lines {
  const lines: Ink[][] = [[]];
  const write = (ink: Ink): void => {
    const line = lines.at(-1);
    const before = line?.at(-1);
    // Text of one look is one text, however many elements it is made of.
    if (before?.kind === 'text' && ink.kind === 'text' && joins(before, ink))
      line?.splice(-1, 1, { ...before, text: before.text + ink.text });
    else line?.push(ink);
  };
  const walk = (of: Element, around: Around): void => {
    const style = getComputedStyle(of);
    const isFlex = style.display.includes('flex');
    const between = style.display === 'inline-flex' ? 'glue' : 'gap';
    let { after } = around;
    for (const child of of.childNodes) {
      if (child instanceof Text) {
        const text = textOf(child, style);
        if (text.trim() !== '') write(textInk(text, style, { ...around, after }));
        after = text.trim() !== '' ? 'nothing' : text !== '' && after === 'nothing' && !isFlex ? 'gap' : after;
        continue;
      }
      if (!(child instanceof Element) || isControl(child) || child.matches(NO_TEXT)) continue;
      const own = getComputedStyle(child);
      if (own.display === 'none' || (child instanceof HTMLElement && child.hidden)) continue;
      const part = child instanceof HTMLElement ? child.style.getPropertyValue('--part') : '';
      if (child instanceof SVGSVGElement) write({ kind: 'figure', figure: readFigure(child), colour: colourOf(own.color), after: 'gap' });
      else if (part !== '') write(barOf(child, Number(part)));
      else {
        const stands = isFlex || own.display !== 'inline' || standsApart(own);
        if (inTable && !isFlex && (own.display === 'block' || own.display === 'flex') && lines.at(-1)?.length !== 0) lines.push([]);
        walk(child, {
          after: after === 'nothing' && stands ? between : after,
          ground: groundOf(child, own) ?? around.ground,
          opacity: around.opacity * Number(own.opacity),
        });
        after = stands ? between : 'nothing';
        continue;
      }
      after = between;
    }
  };
  walk(root, { after: 'nothing', ground: groundOf(root, getComputedStyle(root)), opacity: 1 });
  return lines.filter((line) => line.length > 0);
}

function textOf({ data }: Text, { whiteSpace }: CSSStyleDeclaration): string {
  return whiteSpace.startsWith('pre') ? data : data.replace(/\s+/g, ' ');
}

function joins(one: TextInk, other: TextInk): boolean {
  const looks = (['colour', 'strong', 'mono', 'ground', 'opacity'] as const).every((look) => one[look] === other[look]);
  return looks && other.after === 'nothing' && one.ground === null;
}

/** What a page colours by a figure it says in the element itself. */
function groundOf(of: Element, { backgroundColor }: CSSStyleDeclaration): string | null {
  return of instanceof HTMLElement && of.style.backgroundColor !== '' ? colourOf(backgroundColor) : null;
}

function textInk(text: string, style: CSSStyleDeclaration, { after, ground, opacity }: Around): TextInk {
  return {
    kind: 'text',
    text,
    colour: colourOf(style.color),
    strong: Number(style.fontWeight) >= 600,
    mono: style.fontFamily !== getComputedStyle(document.body).fontFamily,
    after,
    ground,
    opacity,
  };
}

function barOf(bar: Element, part: number): Ink {
  const signed = bar.matches('.signed-bar');
  return {
    kind: 'bar',
    part: Math.max(0, Math.min(1, part)),
    side: !signed ? 'whole' : bar.matches('.negative') ? 'left' : 'right',
    colour: colourOf(getComputedStyle(bar, '::before').backgroundColor),
    after: 'gap',
  };
}

/** There is space around it. */
function standsApart(style: CSSStyleDeclaration): boolean {
  return [style.marginLeft, style.marginRight, style.paddingLeft, style.paddingRight].some((space) => parseFloat(space) > 1);
}

/** A colour that a picture can have; null: none at all, or one that is not written as red, green and blue. */
function colourOf(css: string): string | null {
  return /^rgba?\(/.test(css) && !/^rgba\(.*,\s*0\)$/.test(css) ? css : null;
}
