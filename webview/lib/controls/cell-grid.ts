/**
 * A grid of coloured cells: rows are layers, columns can be thousands. Only the columns in sight, and a few beside them,
 * are in the document. Walked by keyboard after the grid pattern of the ARIA Authoring Practices; a card tells more about
 * the cell under the pointer, or of the focus.
 */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { html } from '../dom/html';
import { readableOn, toHex, type Rgb } from '../colour/colour';
import { element, setAttributes } from '../dom/element';
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
  card(row: number, column: number): TemplateResult;
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
/** Columns that are drawn beyond the edges, so that not every step of a scroll redraws. */
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
  /** the columns that are in the document */
  let drawn = { from: 0, to: -1 };

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

  const cellOf = (of: GridData, row: number, column: number, current: boolean): TemplateResult => {
    const { text, colour, said } = of.cell(row, column);
    return html`<span
      class=${current ? 'cell current' : 'cell'}
      role="gridcell"
      data-row=${row}
      data-column=${column}
      aria-colindex=${column + 2}
      aria-label=${said}
      tabindex=${active.row === row && active.column === column ? 0 : -1}
      .style=${`${across(column)}; background-color: ${toHex(colour)}; color: ${readableOn(colour)}`}
      >${text}</span
    >`;
  };
  /** Where a column stands. */
  const across = (column: number): string => `left: ${HEADING + column * cellWidth}px; width: ${cellWidth}px`;

  /** The cell that Tab reaches is always there. */
  const columnsOf = (of: GridData): readonly (readonly [column: number, heading: GridHeading])[] =>
    [...of.columns.entries()].filter(([column]) => column === active.column || (column >= drawn.from && column <= drawn.to));
  const gridOf = (of: GridData): TemplateResult => {
    const columns = columnsOf(of);
    return html`<div class="cells-row cells-head" role="row" aria-rowindex="1">
        <span class="cells-heading cells-corner" role="columnheader" aria-colindex="1">${l10n.t('Layer')}</span>
        ${repeat(
          columns,
          ([column]) => column,
          ([column, { text, said, current }]) =>
            html`<span
              class=${current ? 'cells-heading current' : 'cells-heading'}
              role="columnheader"
              aria-colindex=${column + 2}
              aria-label=${said}
              title=${said}
              .style=${across(column)}
              >${text}</span
            >`,
        )}
      </div>
      ${of.rows.map(
        ({ text, said, current }, row) =>
          html`<div class="cells-row" role="row" aria-rowindex=${row + 2}>
            <span class=${current ? 'cells-heading current' : 'cells-heading'} role="rowheader" aria-label=${said} title=${said}
              >${text}</span
            >
            ${repeat(
              columns,
              ([column]) => column,
              ([column, heading]) => cellOf(of, row, column, current && heading.current),
            )}
          </div>`,
      )}`;
  };
  const draw = (): void => {
    render(data === null ? nothing : gridOf(data), grid);
  };

  /** Draws the columns in sight, where they are not drawn yet. */
  const drawColumns = (anew: boolean): void => {
    if (data === null) return;
    const now = visible();
    if (!anew && now.from >= drawn.from && now.to <= drawn.to) return;
    drawn = { from: Math.max(0, now.from - SPARE), to: Math.min(data.columns.length - 1, now.to + SPARE) };
    draw();
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
      const currentOf = (of: GridData | null): number => of?.columns.findIndex(({ current }) => current) ?? -1;
      const [before, now] = [currentOf(data), currentOf(next)];
      const focused = grid.contains(document.activeElement);
      data = next;
      hideCard();
      const column = now !== before && now >= 0 ? now : active.column;
      active = { row: Math.min(active.row, next.rows.length - 1), column: Math.min(column, next.columns.length - 1) };
      grid.style.width = `${HEADING + next.columns.length * cellWidth}px`;
      setAttributes(grid, { 'aria-rowcount': next.rows.length + 1, 'aria-colcount': next.columns.length + 1 });
      drawColumns(true);
      if (focused) cellAt(active)?.focus({ preventScroll: true });
      if (now === before || now < 0) return;
      reveal(now);
      drawColumns(false);
    },
  };
}
