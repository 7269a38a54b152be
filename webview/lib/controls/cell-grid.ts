/**
 * A grid of coloured cells: rows are layers, columns can be thousands. Only the columns in sight, and a few beside them,
 * are in the document. Walked by keyboard after the grid pattern of the ARIA Authoring Practices; a card tells more about
 * the cell under the pointer, or of the focus.
 */
import { readableOn, toHex, type Rgb } from '../colour/colour';
import { element, fill, setAttributes } from '../dom/element';
import { placeCard } from '../dom/place-card';

/** A row's or a column's heading. */
export interface GridHeading {
  readonly text: string;
  /** read aloud instead of the text */
  readonly said: string;
  /** it is what the flow graph shows */
  readonly current: boolean;
}

export interface GridCell {
  readonly text: string;
  readonly colour: Rgb;
  readonly said: string;
}

/** What a grid shows. */
export interface GridData {
  readonly rows: readonly GridHeading[];
  readonly columns: readonly GridHeading[];
  cell(row: number, column: number): GridCell;
  /** What the card says of a cell. */
  card(row: number, column: number): HTMLElement;
}

export interface GridOptions {
  readonly label: string;
  readonly testId: string;
  /** width of a column, in pixels */
  readonly cellWidth: number;
  readonly open: (row: number, column: number) => void;
}

export interface CellGrid {
  readonly element: HTMLElement;
  show(data: GridData): void;
}

/** Width of the rows' headings, in pixels. */
const HEADING = 64;
/** Columns that are drawn beyond the edges, so that not every step of a scroll draws anew. */
const SPARE = 8;

interface Place {
  readonly row: number;
  readonly column: number;
}

export function createCellGrid({ label, testId, cellWidth, open }: GridOptions): CellGrid {
  const grid = element('div', { class: 'cells-grid', attributes: { role: 'grid', 'aria-label': label, 'aria-readonly': 'true' } });
  const scroller = element('div', { class: 'cells', testId }, grid);
  const card = element('div', { class: 'cells-card', testId: `${testId}-card`, attributes: { role: 'tooltip', hidden: true } });
  const holder = element('div', { class: 'cells-holder' }, scroller, card);

  let data: GridData | null = null;
  let active: Place = { row: 0, column: 0 };
  let drawn = { from: 0, to: -1 };
  let head: HTMLElement = element('div');
  let lines: readonly HTMLElement[] = [];

  const cellAt = ({ row, column }: Place): HTMLElement | null =>
    grid.querySelector<HTMLElement>(`[role=gridcell][data-row="${row}"][data-column="${column}"]`);
  const placeOf = (target: EventTarget | null): Place | null => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[role=gridcell]') : null;
    return cell === null ? null : { row: Number(cell.dataset['row']), column: Number(cell.dataset['column']) };
  };

  const visible = (): { readonly from: number; readonly to: number } => {
    const count = data?.columns.length ?? 0;
    const from = Math.floor(scroller.scrollLeft / cellWidth);
    const to = Math.ceil((scroller.scrollLeft + Math.max(0, scroller.clientWidth - HEADING)) / cellWidth) - 1;
    return { from: Math.max(0, Math.min(from, count - 1)), to: Math.min(count - 1, to) };
  };

  const drawCell = (of: GridData, row: number, column: number): HTMLElement => {
    const { text, colour, said } = of.cell(row, column);
    const cell = element('span', {
      class: of.columns[column]?.current && of.rows[row]?.current ? 'cell current' : 'cell',
      text,
      attributes: {
        role: 'gridcell',
        'aria-colindex': column + 2,
        'aria-label': said,
        tabindex: active.row === row && active.column === column ? 0 : -1,
      },
    });
    cell.dataset['row'] = String(row);
    cell.dataset['column'] = String(column);
    cell.style.left = `${HEADING + column * cellWidth}px`;
    cell.style.width = `${cellWidth}px`;
    cell.style.backgroundColor = toHex(colour);
    cell.style.color = readableOn(colour);
    return cell;
  };
  const heading = ({ text, said, current }: GridHeading, role: 'columnheader' | 'rowheader'): HTMLElement =>
    element('span', {
      class: current ? 'cells-heading current' : 'cells-heading',
      text,
      attributes: { role, 'aria-label': said, title: said },
    });

  /** Draws the columns in sight, where they are not drawn yet. */
  const drawColumns = (anew: boolean): void => {
    const of = data;
    if (of === null) return;
    const now = visible();
    if (!anew && now.from >= drawn.from && now.to <= drawn.to) return;
    const focused = placeOf(document.activeElement);
    const last = of.columns.length - 1;
    drawn = { from: Math.max(0, now.from - SPARE), to: Math.min(last, now.to + SPARE) };
    const columns = Array.from({ length: drawn.to - drawn.from + 1 }, (_, i) => drawn.from + i);
    // The cell that Tab reaches is always there.
    if (active.column < drawn.from) columns.unshift(active.column);
    if (active.column > drawn.to) columns.push(active.column);

    fill(
      head,
      element('span', { class: 'cells-heading cells-corner', text: 'Layer', attributes: { role: 'columnheader', 'aria-colindex': 1 } }),
      ...columns.map((column) => {
        const made = heading(of.columns[column], 'columnheader');
        setAttributes(made, { 'aria-colindex': column + 2 });
        made.style.left = `${HEADING + column * cellWidth}px`;
        made.style.width = `${cellWidth}px`;
        return made;
      }),
    );
    lines.forEach((line, row) => {
      fill(line, heading(of.rows[row], 'rowheader'), ...columns.map((column) => drawCell(of, row, column)));
    });
    if (focused !== null && !grid.contains(document.activeElement)) cellAt(focused)?.focus({ preventScroll: true });
  };

  const draw = (): void => {
    if (data === null) return;
    const { rows, columns } = data;
    active = { row: Math.min(active.row, rows.length - 1), column: Math.min(active.column, columns.length - 1) };
    grid.style.width = `${HEADING + columns.length * cellWidth}px`;
    setAttributes(grid, { 'aria-rowcount': rows.length + 1, 'aria-colcount': columns.length + 1 });
    head = element('div', { class: 'cells-row cells-head', attributes: { role: 'row', 'aria-rowindex': 1 } });
    lines = rows.map((_, row) => element('div', { class: 'cells-row', attributes: { role: 'row', 'aria-rowindex': row + 2 } }));
    const focused = placeOf(document.activeElement) !== null && grid.contains(document.activeElement);
    fill(grid, head, ...lines);
    drawColumns(true);
    if (focused) cellAt(active)?.focus({ preventScroll: true });
  };

  const hideCard = (): void => {
    card.hidden = true;
  };
  const showCard = (place: Place): void => {
    const cell = cellAt(place);
    if (cell === null || data === null) return hideCard();
    fill(card, data.card(place.row, place.column));
    card.hidden = false;
    const area = document.documentElement.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    const at = placeCard(cell.getBoundingClientRect(), { width, height }, area, []);
    card.style.left = `${at.left}px`;
    card.style.top = `${at.top}px`;
  };

  /** Makes a cell the one that Tab reaches. */
  const activate = (place: Place): void => {
    const [before, now] = [cellAt(active), cellAt(place)];
    if (before !== null) setAttributes(before, { tabindex: -1 });
    if (now !== null) setAttributes(now, { tabindex: 0 });
    active = place;
  };
  /** Brings a column into sight. */
  const reveal = (column: number): void => {
    const left = column * cellWidth;
    const room = scroller.clientWidth - HEADING;
    if (left < scroller.scrollLeft) scroller.scrollLeft = left;
    else if (left + cellWidth > scroller.scrollLeft + room) scroller.scrollLeft = left + cellWidth - room;
  };
  /** Makes a cell the current one, and brings it into sight. */
  const go = (to: Place): void => {
    if (data === null) return;
    const place = {
      row: Math.max(0, Math.min(to.row, data.rows.length - 1)),
      column: Math.max(0, Math.min(to.column, data.columns.length - 1)),
    };
    activate(place);
    reveal(place.column);
    drawColumns(false);
    activate(place);
    const cell = cellAt(place);
    if (cell === null) return;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    showCard(place);
  };

  const PAGE = 10;
  grid.addEventListener('keydown', (event) => {
    if (data === null || event.altKey || event.metaKey) return;
    const { row, column } = active;
    const ends = { row: data.rows.length - 1, column: data.columns.length - 1 };
    const to = ((): Place | null => {
      switch (event.key) {
        case 'ArrowLeft':
          return { row, column: column - 1 };
        case 'ArrowRight':
          return { row, column: column + 1 };
        case 'ArrowUp':
          return { row: row - 1, column };
        case 'ArrowDown':
          return { row: row + 1, column };
        case 'PageUp':
          return { row: row - PAGE, column };
        case 'PageDown':
          return { row: row + PAGE, column };
        case 'Home':
          return { row: event.ctrlKey ? 0 : row, column: 0 };
        case 'End':
          return { row: event.ctrlKey ? ends.row : row, column: ends.column };
        default:
          return null;
      }
    })();
    if (to !== null) go(to);
    else if (event.key === 'Enter' || event.key === ' ') open(row, column);
    else if (event.key === 'Escape' && !card.hidden) hideCard();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  grid.addEventListener('click', (event) => {
    const place = placeOf(event.target);
    if (place === null) return;
    activate(place);
    hideCard();
    open(place.row, place.column);
  });
  grid.addEventListener('pointerover', (event) => {
    const place = placeOf(event.target);
    if (place === null || event.pointerType === 'touch') hideCard();
    else showCard(place);
  });
  grid.addEventListener('pointerleave', hideCard);
  grid.addEventListener('focusin', (event) => {
    const place = placeOf(event.target);
    if (place !== null && event.target instanceof Element && event.target.matches(':focus-visible')) {
      activate(place);
      showCard(place);
    }
  });
  grid.addEventListener('focusout', hideCard);
  let frame = 0;
  scroller.addEventListener('scroll', () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => drawColumns(false));
  });
  new ResizeObserver(() => drawColumns(false)).observe(scroller);

  return {
    element: holder,
    show(next) {
      const [before, now] = [data, next].map((of) => of?.columns.findIndex(({ current }) => current) ?? -1);
      data = next;
      hideCard();
      if (now !== before && now >= 0) active = { ...active, column: now };
      draw();
      if (now === before || now < 0) return;
      reveal(now);
      drawColumns(false);
    },
  };
}
