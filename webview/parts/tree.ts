/**
 * The graph as a tree of text: layer, stage, node. Everything that the drawing tells, for the keyboard and for screen
 * readers, after the tree view pattern of the ARIA Authoring Practices.
 */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { element, setAttributes } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import { icon } from '../lib/dom/icon';
import { unseen } from '../lib/dom/unseen';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';
import { termText } from './term';
import { SINGLE, type TreeColumns } from './tree-columns';
import { branchesOf, isBranch, rowsOf, type Branch, type Row } from './tree-rows';

/** A letter typed soon after another continues the word that is sought. */
const TYPE_AHEAD_MS = 600;

export function createTree(page: Page, columns: TreeColumns = SINGLE): Part {
  const tree = element('div', {
    class: 'tree',
    testId: 'tree',
    attributes: { role: 'tree', 'aria-label': l10n.t('Nodes of the flow graph') },
  });
  // The rows say all this to a screen reader by themselves.
  const heading = element('div', { class: 'tree-row tree-heading', attributes: { 'aria-hidden': 'true' } });
  const table = element('div', { class: 'table' }, heading, tree);

  const open = new Set<string>();
  let rows: readonly Row[] = [];
  let items: readonly HTMLElement[] = [];
  let current = 0;
  let typed = '';
  let typedAt = 0;

  /** Makes a row the one that Tab reaches. */
  const mark = (at: number): void => {
    items.forEach((item, i) => setAttributes(item, { tabindex: i === at ? 0 : -1, 'aria-selected': String(i === at) }));
    current = at;
  };
  const select = (at: number): void => {
    const row = rows[at];
    if (row === undefined) return;
    mark(at);
    items[at]?.focus();
    page.dispatch({ type: 'hover', id: isBranch(row.content) ? null : row.key });
  };
  const toggle = (row: Row): void => {
    if (!open.delete(row.key)) open.add(row.key);
    draw(page.state());
  };

  tree.addEventListener('click', (event) => {
    const at = items.findIndex((item) => item.contains(event.target as Node));
    const row = rows[at];
    if (row === undefined) return;
    if (isBranch(row.content)) toggle(row);
    select(at);
  });
  tree.addEventListener('keydown', (event) => {
    const row = rows[current];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const branch = isBranch(row.content);
    const isOpen = open.has(row.key);
    switch (event.key) {
      case 'ArrowDown':
        select(current + 1);
        break;
      case 'ArrowUp':
        select(current - 1);
        break;
      case 'Home':
        select(0);
        break;
      case 'End':
        select(rows.length - 1);
        break;
      case 'ArrowRight':
        if (branch && !isOpen) toggle(row);
        else if (branch) select(current + 1);
        break;
      case 'ArrowLeft':
        if (branch && isOpen) toggle(row);
        else select(rows.slice(0, current).findLastIndex(({ level }) => level < row.level));
        break;
      case 'Enter':
      case ' ':
        if (branch) toggle(row);
        else page.dispatch({ type: 'togglePin', id: row.key });
        break;
      default:
        if (event.key.length !== 1) return;
        seek(event.key, event.timeStamp);
    }
    event.preventDefault();
    event.stopPropagation();
  });

  /** Goes to the next row that begins with what has been typed. */
  const seek = (letter: string, now: number): void => {
    const goesOn = now - typedAt < TYPE_AHEAD_MS;
    typed = (goesOn ? typed : '') + letter.toLowerCase();
    typedAt = now;
    const from = goesOn ? current : current + 1;
    const order = rows.map((_, i) => (from + i) % rows.length);
    const found = order.find((at) => rows[at]?.find.toLowerCase().startsWith(typed));
    if (found !== undefined) select(found);
  };

  const draw = (state: PageState): void => {
    const { shown } = state;
    render(columns.headings(state), heading);
    const focused = tree.contains(document.activeElement);
    const key = rows[current]?.key;
    const layers = shown === null ? [] : branchesOf(shown);
    if (!layers.some((layer) => open.has(layer.key))) for (const layer of layers) open.add(layer.key);
    rows = rowsOf(layers, open);
    render(
      shown &&
        repeat(
          rows,
          (row) => row.key,
          (row) => rowOf(row, open, state, shown, columns),
        ),
      tree,
    );
    items = [...tree.querySelectorAll<HTMLElement>('.tree-row')];
    mark(
      Math.max(
        0,
        rows.findIndex((row) => row.key === key),
      ),
    );
    if (focused) items[current]?.focus();
  };

  return {
    element: table,
    update(state, before) {
      const visible = state.view.mode === 'table';
      table.hidden = !visible;
      if (!visible) return;
      if (
        state.shown !== before?.shown ||
        state.theme !== before.theme ||
        before.view.mode !== 'table' ||
        columns.inputs.some((input) => input(state) !== input(before))
      )
        draw(state);
    },
  };
}

function rowOf(row: Row, open: ReadonlySet<string>, state: PageState, shown: ShownGraph, columns: TreeColumns): TemplateResult {
  const { content, key, level, place, of } = row;
  const branch = isBranch(content);
  return html`<div
    class="tree-row ${branch ? 'tree-branch' : 'tree-node'}"
    data-key=${key}
    role="treeitem"
    aria-level=${level}
    aria-posinset=${place}
    aria-setsize=${of}
    aria-expanded=${branch ? open.has(key) : nothing}
  >
    ${branch ? branchCells(content) : columns.cells(content, state, shown)}
  </div>`;
}

function branchCells({ title, term, stages, nodes }: Branch): TemplateResult {
  const count = stages.length > 0 ? stages.length : nodes.length;
  const what = stages.length > 0 ? (count === 1 ? l10n.t('stage') : l10n.t('stages')) : count === 1 ? l10n.t('node') : l10n.t('nodes');
  return html`${icon('chevron')}<span>${termText(term, title)}</span><span class="tree-count">${count}</span>${unseen(what)}`;
}
