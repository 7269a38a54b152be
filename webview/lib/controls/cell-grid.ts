/**
 * A grid of coloured cells: rows are layers or heads, columns can be thousands. Only the columns in sight, and a few beside
 * them, are in the document. Cells shrink so that the whole grid is seen at once where it can be. Walked by keyboard after
 * the grid pattern of the ARIA Authoring Practices; a card tells more about the cell under the pointer, or of the focus.
 */
import { nothing, render } from 'lit-html';
import { element, setAttributes } from '../dom/element';
import { placeCard } from '../dom/place-card';
import { placeForKey, type Place } from './grid-keys';
import { gridRows, type GridData } from './grid-rows';

export interface GridOptions {
  readonly label: string;
  readonly testId: string;
  /** least and greatest width of a column, in pixels */
  readonly cellWidth: readonly [least: number, most: number];
  /** width of the rows' headings, in pixels */
  readonly headingWidth: number;
  readonly open: (row: number, column: number) => void;
}

export interface CellGrid {
  readonly element: HTMLElement;
  show(data: GridData): void;
}

/** Least and greatest height of a row, in pixels: text of 11 pixels needs the one, more than the other says no more. */
const ROW_HEIGHT = [13, 24] as const;
/** Height of the columns' headings, in pixels; as in the style. */
const HEAD_HEIGHT = 21;
/** From so many rows on the grid scrolls by itself, below its columns' headings. */
const SCROLLS_FROM = 40;
/** Rows lower than this, in pixels, have smaller text. */
const DENSE = 18;
/** Least height of a grid that scrolls by itself, in pixels. */
const LEAST_HEIGHT = 220;
/** What is left free above and below, in pixels. */
const EDGES = 6;
/** Columns that are drawn beyond the edges, so that not every step of a scroll redraws. */
const SPARE = 8;

export function createCellGrid({ label, testId, cellWidth: [narrowest, widest], headingWidth, open }: GridOptions): CellGrid {
  const grid = element('div', { class: 'cells-grid', attributes: { role: 'grid', 'aria-label': label, 'aria-readonly': 'true' } });
  const scroller = element('div', { class: 'cells', testId }, grid);
  const card = element('div', { class: 'cells-card', testId: `${testId}-card`, attributes: { role: 'tooltip', hidden: true } });
  const holder = element('div', { class: 'cells-holder' }, scroller, card);

  let data: GridData | null = null;
  let active: Place = { row: 0, column: 0 };
  /** the columns that are in the document */
  let drawn = { from: 0, to: -1 };
  let cellWidth = widest;
  scroller.style.setProperty('--heading', `${headingWidth}px`);

  const cellAt = ({ row, column }: Place): HTMLElement | null =>
    grid.querySelector<HTMLElement>(`[role=gridcell][data-row="${row}"][data-column="${column}"]`);
  const placeOf = (target: EventTarget | null): Place | null => {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[role=gridcell]') : null;
    return cell === null ? null : { row: Number(cell.dataset['row']), column: Number(cell.dataset['column']) };
  };

  const visible = (): { readonly from: number; readonly to: number } => {
    const count = data?.columns.length ?? 0;
    const from = Math.floor(scroller.scrollLeft / cellWidth);
    const to = Math.ceil((scroller.scrollLeft + Math.max(0, scroller.clientWidth - headingWidth)) / cellWidth) - 1;
    return { from: Math.max(0, Math.min(from, count - 1)), to: Math.min(count - 1, to) };
  };

  const draw = (): void => {
    render(data === null ? nothing : gridRows(data, { active, drawn, cellWidth, headingWidth }), grid);
  };

  /** Draws the columns in sight, where they are not drawn yet. */
  const drawColumns = (anew: boolean): void => {
    if (data === null) return;
    const now = visible();
    if (!anew && now.from >= drawn.from && now.to <= drawn.to) return;
    drawn = { from: Math.max(0, now.from - SPARE), to: Math.min(data.columns.length - 1, now.to + SPARE) };
    draw();
  };

  /** Gives the cells the size at which most of the grid is seen. */
  const fit = (): void => {
    if (data === null || !holder.isConnected) return;
    const { rows, columns } = data;
    const bars = scroller.offsetWidth - scroller.clientWidth;
    const width = Math.floor((holder.clientWidth - bars - headingWidth) / Math.max(1, columns.length));
    cellWidth = Math.max(narrowest, Math.min(widest, width));
    const [least, most] = ROW_HEIGHT;
    const room = roomFor(holder) - HEAD_HEIGHT - (scroller.offsetHeight - scroller.clientHeight);
    const height = Math.max(least, Math.min(most, Math.floor(room / Math.max(1, rows.length))));
    const scrolls = rows.length >= SCROLLS_FROM;
    scroller.style.setProperty('--row', `${height}px`);
    scroller.style.maxHeight = scrolls ? `${Math.max(LEAST_HEIGHT, room + HEAD_HEIGHT)}px` : '';
    scroller.classList.toggle('dense', height < DENSE);
    grid.style.width = `${headingWidth + columns.length * cellWidth}px`;
  };

  const hideCard = (): void => {
    card.hidden = true;
  };
  const showCard = (place: Place): void => {
    const cell = cellAt(place);
    if (cell === null || data === null) return hideCard();
    render(data.card(place.row, place.column), card);
    card.hidden = false;
    const area = document.documentElement.getBoundingClientRect();
    const { width, height } = card.getBoundingClientRect();
    const at = placeCard(cell.getBoundingClientRect(), { width, height }, area, []);
    card.style.left = `${at.left}px`;
    card.style.top = `${at.top}px`;
  };

  /** Makes a cell the one that Tab reaches. */
  const activate = (place: Place): void => {
    active = place;
    draw();
  };
  /** Brings a column into sight. */
  const reveal = (column: number): void => {
    const left = column * cellWidth;
    const room = scroller.clientWidth - headingWidth;
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
    const cell = cellAt(place);
    if (cell === null) return;
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    showCard(place);
  };

  grid.addEventListener('keydown', (event) => {
    if (data === null || event.altKey || event.metaKey) return;
    const { row, column } = active;
    const to = placeForKey(event, active, { row: data.rows.length - 1, column: data.columns.length - 1 });
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
  const resized = new ResizeObserver(() => {
    const before = cellWidth;
    fit();
    drawColumns(cellWidth !== before);
  });
  resized.observe(holder);

  return {
    element: holder,
    show(next) {
      const currentOf = (of: GridData | null): number => of?.columns.findIndex(({ current }) => current) ?? -1;
      const [before, now] = [currentOf(data), currentOf(next)];
      const focused = grid.contains(document.activeElement);
      data = next;
      hideCard();
      const column = now !== before && now >= 0 ? now : active.column;
      active = { row: Math.min(active.row, next.rows.length - 1), column: Math.min(column, next.columns.length - 1) };
      fit();
      const area = areaOf(holder);
      if (area !== null) resized.observe(area);
      setAttributes(grid, { 'aria-rowcount': next.rows.length + 1, 'aria-colcount': next.columns.length + 1 });
      drawColumns(true);
      if (focused) cellAt(active)?.focus({ preventScroll: true });
      if (now === before || now < 0) return;
      reveal(now);
      drawColumns(false);
    },
  };
}

/** What scrolls an element. */
function areaOf(of: HTMLElement): HTMLElement | null {
  return of.parentElement?.closest<HTMLElement>('[role=region]') ?? null;
}

/** How high an element can be, in pixels, to be seen at once with what is above it in its section. */
function roomFor(of: HTMLElement): number {
  const [area, section] = [areaOf(of), of.closest('section')];
  if (area === null || section === null) return 0;
  return area.clientHeight - (of.getBoundingClientRect().top - section.getBoundingClientRect().top) - EDGES;
}
