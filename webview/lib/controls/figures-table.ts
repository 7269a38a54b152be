/**
 * Tables of figures and tokens. In a narrow panel each row stands as a block, its figures under their names; roles are spelled
 * out, since a table that is laid out otherwise loses its own.
 */
import { element } from '../dom/element';

type Child = Node | string | null;

/** @param kind names the table's style */
export function figuresTable(kind: string, testId: string, label: string, ...parts: readonly HTMLElement[]): HTMLTableElement {
  return element('table', { class: `figures ${kind}`, testId, attributes: { role: 'table', 'aria-label': label } }, ...parts);
}

/** What scrolls a table that is too wide, also by keyboard. */
export function tableHolder(label: string, table: HTMLTableElement): HTMLElement {
  return element('div', { class: 'figures-holder', attributes: { tabindex: 0, role: 'region', 'aria-label': label } }, table);
}

/** A part of a table: its head or its body. */
export function rows(part: 'thead' | 'tbody', ...of: readonly HTMLElement[]): HTMLTableSectionElement {
  return element(part, { attributes: { role: 'rowgroup' } }, ...of);
}

/** A row. */
export function tableRow(testId: string | undefined, ...cells: readonly HTMLElement[]): HTMLElement {
  return element('tr', { ...(testId !== undefined && { testId }), attributes: { role: 'row' } }, ...cells);
}

/** @param hint says more under the pointer */
export function columnHeader(child: Child, hint: string | null = null): HTMLElement {
  return element('th', { attributes: { role: 'columnheader', scope: 'col', title: hint } }, child);
}

/** What a row is about, in its first cell. */
export function rowHeader(...children: readonly Child[]): HTMLElement {
  return element('th', { attributes: { role: 'rowheader', scope: 'row' } }, ...children);
}

/** @param column the column's name: in a narrow panel it stands over the figure */
export function tableCell(kind: 'figure' | 'token-cell', column: string, ...children: readonly Child[]): HTMLElement {
  return element('td', { class: kind, attributes: { role: 'cell', 'data-column': column } }, ...children);
}

/** A bar for a part of the whole. */
export function partBar(part: number): HTMLElement {
  const bar = element('span', { class: 'bar part', attributes: { 'aria-hidden': 'true' } });
  bar.style.setProperty('--part', part.toFixed(3));
  return bar;
}
