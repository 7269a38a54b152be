/**
 * The graph as a tree of text: layer, stage, node. Everything that the drawing tells, for the keyboard and for screen
 * readers, after the tree view pattern of the ARIA Authoring Practices.
 */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { measureMeaning, nodeName, shareOfInWords } from '#core/present/describe';
import { effectMeaning } from '#core/present/effect-words';
import { termOfKind, type Term } from '#core/present/glossary';
import type { FlowNode } from '#core/format/flow-graph';
import { html } from '../lib/dom/html';
import { labelOf } from '../lib/format/label';
import { readableOn, toHex } from '../lib/colour/colour';
import { PALETTES, sample } from '../lib/colour/palettes';
import { scaleFor } from '../lib/colour/scales';
import { referenceOf, withEffect } from '../state/effects';
import { activeNeuronAt } from '../state/active-marks';
import { icon } from '../lib/dom/icon';
import { element, setAttributes } from '../lib/dom/element';
import { unseen } from '../lib/dom/unseen';
import { formatProbability, formatRank, formatSigned } from '../lib/format/number';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';
import type { Page, Part } from '../state/page';
import { termText } from './term';

/** A branch of the tree: a layer or one stage of it. */
interface Branch {
  readonly key: string;
  readonly title: string;
  /** explains the title */
  readonly term?: Term | undefined;
  readonly stages: readonly Branch[];
  readonly nodes: readonly FlowNode[];
}

/** Layers and their stages in the order of the columns. */
export function branchesOf({ graph, layout }: Pick<ShownGraph, 'graph' | 'layout'>): readonly Branch[] {
  const inColumn: FlowNode[][] = layout.columns.map(() => []);
  for (const node of graph.nodes) {
    const column = layout.nodes.get(node.id)?.column;
    if (column !== undefined) inColumn[column]?.push(node);
  }
  const layers = [...new Set(layout.columns.map((column) => column.layer))];
  return layers.map((layer) => ({
    key: `layer ${layer}`,
    title: layer < 0 ? l10n.t('Embeddings') : l10n.t`Layer ${layer}`,
    nodes: [],
    stages: layout.columns.flatMap((column, i) =>
      column.layer === layer
        ? [{ key: `stage ${column.key}`, title: column.title, term: termOfKind(column.name), stages: [], nodes: inColumn[i] ?? [] }]
        : [],
    ),
  }));
}

/** A letter typed soon after another continues the word that is sought. */
const TYPE_AHEAD_MS = 600;

/** One visible line of the tree. */
interface Row {
  readonly key: string;
  readonly level: 1 | 2 | 3;
  /** what typing ahead looks for */
  readonly find: string;
  /** its place among its siblings, from 1, and their number */
  readonly place: number;
  readonly of: number;
  readonly content: Branch | FlowNode;
}

const isBranch = (content: Branch | FlowNode): content is Branch => 'stages' in content;

/** The lines that are visible while the given branches are open, from top to bottom. */
export function rowsOf(layers: readonly Branch[], open: ReadonlySet<string>): readonly Row[] {
  const branch = (content: Branch, level: 1 | 2, i: number, of: number): Row => ({
    key: content.key,
    level,
    find: content.title,
    place: i + 1,
    of,
    content,
  });
  return layers.flatMap((layer, i) => [
    branch(layer, 1, i, layers.length),
    ...(open.has(layer.key) ? layer.stages : []).flatMap((stage, j) => [
      branch(stage, 2, j, layer.stages.length),
      ...(open.has(stage.key) ? stage.nodes : []).map((node, k): Row => ({
        key: node.id,
        level: 3,
        find: labelOf(node).replace(/^·+/, ''),
        place: k + 1,
        of: stage.nodes.length,
        content: node,
      })),
    ]),
  ]);
}

/** What the rows of nodes say, and what stands above them. */
export interface TreeColumns {
  /** What the cells are made from besides graph and theme: when it changes they are redrawn. */
  readonly inputs: readonly ((state: PageState) => unknown)[];
  headings(state: PageState): TemplateResult;
  cells(node: FlowNode, state: PageState, shown: ShownGraph): TemplateResult | typeof nothing;
}

/** How the table tells estimates from measurements. */
const EFFECT_MARK = l10n.t('≈ is an estimate; without it, the effect has been measured.');

/** What a node reads as, what it is, and how near it is to the target. */
const SINGLE: TreeColumns = {
  inputs: [({ view }) => view.colourBy, ({ insights }) => insights.activeNeurons, ({ insights }) => insights.measureEffects],
  headings: ({ shown }) => html`
    <span class="tree-token">${l10n.t('Reads as')}</span>
    <span class="tree-title">${l10n.t('Node')}</span>
    <span class="tree-figure">${l10n.t('Rank')}</span>
    <span class="tree-figure">${l10n.t('Probability')}</span>
    <span
      class="tree-figure tree-share"
      title=${shown ? `${shareOfInWords(shown.graph)}. ${measureMeaning(shown.graph.target.measure)}` : nothing}
      >${l10n.t('Share')}</span
    >
    ${
      shown?.graph.effects === undefined
        ? nothing
        : html`<span
            class="tree-figure tree-share tree-effect"
            data-testid="tree-effect"
            title=${`${effectMeaning(shown.graph, referenceOf(shown))} ${EFFECT_MARK}`}
            >${l10n.t('Effect')}</span
          >`
    }
  `,
  cells: nodeCells,
};

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

function nodeCells(plain: FlowNode, state: PageState, { graph, scale: scaleBy }: ShownGraph): TemplateResult {
  const node = withEffect(plain, state);
  const { view, theme } = state;
  const scale = scaleFor(node.kind, scaleBy(view.colourBy));
  const palette = PALETTES[theme.kind];
  const place = scale.place(node);
  const colour = place === null ? null : sample(scale.diverging ? palette.diverging : palette.sequential, place);
  const style = colour === null ? '' : `background-color: ${toHex(colour)}; color: ${readableOn(colour)}`;
  const figure = (text: string, spoken: string, kind = '') =>
    html`<span class="tree-figure ${kind}">${text === '' ? nothing : unseen(spoken)}${text}</span>`;
  const target = node.reading?.target;
  return html`<span class="tree-token" .style=${style}>${labelOf(node) || '–'}</span>
    <span class="tree-title"
      >${nodeName(node, graph)}${
        activeNeuronAt(node.id, state) === undefined ? nothing : html`<span class="always-badge">${l10n.t('always active')}</span>`
      }</span
    >
    ${figure(target ? formatRank(target.rank) : '', `, ${l10n.t('rank of the target')} `)}
    ${figure(target ? formatProbability(target.probability) : '', `, ${l10n.t('its probability')} `)}
    ${figure(node.share === undefined ? '' : formatSigned(node.share), `, ${shareOfInWords(graph)} `, 'tree-share')}
    ${graph.effects === undefined ? nothing : effectFigure(node.effect)}`;
}

/** An effect, and how it is known. */
function effectFigure(effect: FlowNode['effect']): TemplateResult {
  if (effect === undefined) return html`<span class="tree-figure tree-share tree-effect"></span>`;
  const spoken = effect.how === 'measured' ? l10n.t('measured effect') : l10n.t('estimated effect');
  const text = `${effect.how === 'measured' ? '' : '≈ '}${formatSigned(effect.value)}`;
  return html`<span class="tree-figure tree-share tree-effect">${unseen(`, ${spoken} `)}${text}</span>`;
}
