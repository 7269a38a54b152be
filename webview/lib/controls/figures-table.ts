/**
 * Tables of figures and tokens. In a narrow panel each row stands as a block, its figures under their names, or every row is one
 * line at any width; roles are spelled out, since a table that is laid out otherwise loses its own.
 */
import { nothing, type TemplateResult } from 'lit-html';
import { ifDefined } from 'lit-html/directives/if-defined.js';
import { html } from '../dom/html';

type Content = TemplateResult | string | readonly TemplateResult[];

/** A table, and what scrolls it where it is too wide, also by keyboard. */
export interface FiguresTable {
  /** names its style */
  readonly kind: string;
  readonly testId: string;
  readonly label: string;
  /** what its scrolling part is called, where that is not the label */
  readonly holder?: string;
  readonly hidden?: boolean;
  /** every row is one line at any width, below headings that stay where what holds the table is scrolled */
  readonly lines?: boolean;
  readonly head: readonly TemplateResult[];
  readonly rows: unknown;
}

export function figuresTable({
  kind,
  testId,
  label,
  holder = label,
  hidden = false,
  lines = false,
  head,
  rows,
}: FiguresTable): TemplateResult {
  const table = html`<table class="${lines ? 'lines' : 'figures'} ${kind}" data-testid=${testId} role="table" aria-label=${label}>
    <thead role="rowgroup">
      <tr role="row">
        ${head}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
  // Lines are as wide as what holds them: they need nothing that scrolls them, and headings stay only where nothing does.
  return lines
    ? html`<div class="lines-holder" ?hidden=${hidden}>${table}</div>`
    : html`<div class="figures-holder" tabindex="0" role="region" aria-label=${holder} ?hidden=${hidden}>${table}</div>`;
}

export function tableRow(testId: string, ...cells: readonly TemplateResult[]): TemplateResult {
  return html`<tr data-testid=${testId} role="row">
    ${cells}
  </tr>`;
}

/** What a column is called and how it can be read. */
export interface ColumnHeader {
  /** says more under the pointer */
  readonly hint?: string;
  /** how the rows are sorted by it */
  readonly sorted?: 'ascending' | 'descending' | null;
}

export function columnHeader(content: Content, { hint, sorted }: ColumnHeader = {}): TemplateResult {
  return html`<th role="columnheader" scope="col" title=${ifDefined(hint)} aria-sort=${sorted ?? nothing}>${content}</th>`;
}

/** What a row is about, in its first cell. */
export function rowHeader(content: Content): TemplateResult {
  return html`<th role="rowheader" scope="row">${content}</th>`;
}

/** @param column the column's name: in a narrow panel it stands over the figure */
export function tableCell(kind: 'figure' | 'token-cell', column: string, content: Content): TemplateResult {
  return html`<td class=${kind} role="cell" data-column=${column}>${content}</td>`;
}

/** A bar for a part of the whole. */
export function partBar(part: number): TemplateResult {
  return html`<span class="bar part" aria-hidden="true" .style=${`--part: ${part.toFixed(3)}`}></span>`;
}
