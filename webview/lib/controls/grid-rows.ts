/** What a grid of cells shows, and its rows as the document has them. */
import type { TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { readableOn, toHex, type Rgb } from '../colour/colour';
import { html } from '../dom/html';
import type { Place } from './grid-keys';

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
  /** what it says is hardly to be trusted: it is written faintly */
  readonly doubtful?: boolean;
  readonly said: string;
}

/** What a grid shows. */
export interface GridData {
  /** names the headings of the rows */
  readonly corner: string;
  readonly rows: readonly GridHeading[];
  readonly columns: readonly GridHeading[];
  cell(row: number, column: number): GridCell;
  /** What the card says of a cell. */
  card(row: number, column: number): TemplateResult;
}

/** What of a grid is drawn, and where. */
export interface GridPlaces {
  /** the cell that Tab reaches: it is always there */
  readonly active: Place;
  /** columns that are in the document, first and last */
  readonly drawn: { readonly from: number; readonly to: number };
  /** in pixels */
  readonly cellWidth: number;
  readonly headingWidth: number;
}

/** The headings and the rows with those of their cells that are drawn. */
export function gridRows(of: GridData, places: GridPlaces): TemplateResult {
  const { active, drawn, cellWidth, headingWidth } = places;
  /** Where a column stands. */
  const across = (column: number): string => `left: ${headingWidth + column * cellWidth}px; width: ${cellWidth}px`;
  const columns = [...of.columns.entries()].filter(([column]) => column === active.column || (column >= drawn.from && column <= drawn.to));
  const cellOf = (of: GridData, row: number, column: number, current: boolean): TemplateResult => {
    const { text, colour, said, doubtful } = of.cell(row, column);
    return html`<span
      class=${current ? 'cell current' : 'cell'}
      role="gridcell"
      data-row=${row}
      data-column=${column}
      aria-colindex=${column + 2}
      aria-label=${said}
      tabindex=${active.row === row && active.column === column ? 0 : -1}
      .style=${`${across(column)}; background-color: ${toHex(colour)}; color: ${readableOn(colour)}`}
      >${doubtful ? html`<span class="doubtful">${text}</span>` : text}</span
    >`;
  };
  return html`<div class="cells-row cells-head" role="row" aria-rowindex="1">
      <span class="cells-heading cells-corner" role="columnheader" aria-colindex="1">${of.corner}</span>
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
}
