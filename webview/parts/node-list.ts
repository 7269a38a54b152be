/** The nodes of the graph as a table: those with the largest share first, sorted by any column, filtered, to be copied. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { repeat } from 'lit-html/directives/repeat.js';
import { csvLine } from '#core/insight/active-neurons-csv';
import { effectsOfSummands } from '#core/analyse/attribution';
import { cancellingNote } from '#core/present/cancelling-effects';
import { measureMeaning, nodeName, shareOfInWords } from '#core/present/describe';
import { effectMeaning } from '#core/present/effect-words';
import type { FlowNode } from '#core/format/flow-graph';
import { NODE_KINDS } from '#core/format/node-kinds';
import { isUnread } from '#core/format/unread';
import { readableOn, toHex } from '../lib/colour/colour';
import { PALETTES, sample } from '../lib/colour/palettes';
import { button } from '../lib/controls/button';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import { icon } from '../lib/dom/icon';
import { unseen } from '../lib/dom/unseen';
import { labelOf } from '../lib/format/label';
import { formatProbability, formatRank, formatSigned } from '../lib/format/number';
import { activeNeuronAt } from '../state/active-marks';
import { referenceOf, withEffect } from '../state/effects';
import { createMeasureStrongest } from './measure-strongest';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';

/** Rows that are shown at first, and that are added on demand. */
const ROWS = 100;

/** How the table tells estimates from measurements. */
const EFFECT_MARK = l10n.t('≈ is an estimate; without it, the effect has been measured.');

/** A node as the table lists it. */
interface Listed {
  readonly node: FlowNode;
  readonly name: string;
  readonly reads: string;
}

type ColumnId = 'share' | 'node' | 'reads' | 'rank' | 'probability' | 'effect';

/** A column: what it sorts by; null comes last whatever the direction. */
interface Column {
  readonly id: ColumnId;
  readonly name: string;
  readonly by: (row: Listed) => number | string | null;
  readonly largestFirst: boolean;
}

const size = (value: number | undefined): number | null => (value === undefined ? null : Math.abs(value));

const COLUMNS: readonly Column[] = [
  { id: 'share', name: l10n.t('Share'), by: ({ node }) => size(node.share), largestFirst: true },
  { id: 'node', name: l10n.t('Node'), by: ({ name, node }) => `${String(node.layer + 1).padStart(4, '0')} ${name}`, largestFirst: false },
  { id: 'reads', name: l10n.t('Reads as'), by: ({ reads }) => (reads === '' ? null : reads), largestFirst: false },
  { id: 'rank', name: l10n.t('Rank'), by: ({ node }) => node.reading?.target.rank ?? null, largestFirst: false },
  { id: 'probability', name: l10n.t('Probability'), by: ({ node }) => node.reading?.target.probability ?? null, largestFirst: true },
  { id: 'effect', name: l10n.t('Effect'), by: ({ node }) => size(node.effect?.value), largestFirst: true },
];

interface Order {
  readonly column: ColumnId;
  readonly descending: boolean;
}

/** The rows in an order; those without a figure come last. */
export function inOrder(rows: readonly Listed[], { column, descending }: Order): readonly Listed[] {
  const by = COLUMNS.find(({ id }) => id === column)?.by ?? (() => null);
  const compare = (a: number | string, b: number | string): number =>
    typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
  return [...rows].sort((one, other) => {
    const [a, b] = [by(one), by(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return descending ? compare(b, a) : compare(a, b);
  });
}

/** The rows as CSV, with a heading line. */
export function nodesCsv(rows: readonly Listed[]): string {
  const head = ['id', 'layer', 'node', 'share', 'reads', 'rank', 'probability', 'effect', 'how'];
  return [head, ...rows.map(csvRow)].map(csvLine).join('');
}

function csvRow({ node, name, reads }: Listed): readonly (string | number)[] {
  const target = node.reading?.target;
  const { share, effect } = node;
  return [
    node.id,
    node.layer,
    name,
    share ?? '',
    reads,
    target?.rank ?? '',
    target?.probability ?? '',
    effect?.value ?? '',
    effect?.how ?? '',
  ];
}

/** See the head of this file. */
export function createNodeList(page: Page): Part {
  const holder = element('div', { class: 'node-list', testId: 'node-list' });
  let order: Order = { column: 'share', descending: true };
  let filter = '';
  let gathered = false;
  let shownRows = ROWS;

  const sort = ({ id, largestFirst }: Column): void => {
    order = { column: id, descending: order.column === id ? !order.descending : largestFirst };
    draw(page.state());
  };
  const copy = (rows: readonly Listed[]): void => void navigator.clipboard.writeText(nodesCsv(rows));
  const heading = (column: Column, shown: ShownGraph): TemplateResult => {
    const { graph } = shown;
    const sorted = column.id !== order.column ? nothing : order.descending ? 'descending' : 'ascending';
    const hint =
      column.id === 'share'
        ? `${shareOfInWords(graph)}. ${measureMeaning(graph.target.measure)}`
        : column.id === 'effect'
          ? `${effectMeaning(graph, referenceOf(shown))} ${EFFECT_MARK}`
          : nothing;
    return html`<th class="of-${column.id}" scope="col" aria-sort=${sorted} title=${hint}>
      <button class="sort" data-testid="nodes-by-${column.id}" type="button" @click=${() => sort(column)}>${column.name}</button>
    </th>`;
  };
  const row = (listed: Listed, most: number, columns: readonly Column[], state: PageState, shown: ShownGraph): TemplateResult => {
    const { node, name } = listed;
    const { id } = node;
    // What the pointer passes is not shown on a card: in a narrow panel the rows would move under it.
    const hover = (event: FocusEvent): void => {
      if (event.target instanceof Element && event.target.matches(':focus-visible')) page.dispatch({ type: 'hover', id });
    };
    const pinned = state.view.pinned.includes(id);
    return html`<tr
      class=${pinned ? 'pinned' : ''}
      data-testid="node-row"
      data-node=${id}
      @click=${() => page.dispatch({ type: 'togglePin', id })}
    >
      ${columns.map((column) => cell(column.id, listed, most, state, shown, hover, pinned, name))}
      <td class="of-copy" @click=${(event: Event) => event.stopPropagation()}>
        <button
          class="copy-row"
          data-testid="copy-row"
          type="button"
          title=${l10n.t('Copy row')}
          ?disabled=${isUnread(node)}
          aria-label=${l10n.t`Copy the row of ${name}`}
          @click=${() => copy([listed])}
        >
          ${icon('copy')}
        </button>
      </td>
    </tr>`;
  };
  const list = (state: PageState): TemplateResult | typeof nothing => {
    const { shown } = state;
    if (shown === null) return nothing;
    const { graph } = shown;
    const cancel =
      graph.effects === undefined ? null : cancellingNote(effectsOfSummands(shown.graph.nodes.map((node) => withEffect(node, state))));
    const columns = COLUMNS.filter(({ id }) => id !== 'effect' || graph.effects !== undefined);
    const all = graph.nodes.map((plain): Listed => {
      const node = withEffect(plain, state);
      return { node, name: nodeName(node, graph), reads: labelOf(node) };
    });
    const wanted = filter.trim().toLowerCase();
    const matches = ({ name, reads, node }: Listed): boolean => `l${node.layer} ${name}\n${reads}`.toLowerCase().includes(wanted);
    const listed = all.filter(({ node }) => gathered || !NODE_KINDS[node.kind].gathers);
    const found = inOrder(wanted === '' ? listed : listed.filter(matches), order);
    const most = Math.max(1e-9, ...listed.map(({ node }) => Math.abs(node.share ?? 0)));
    return html`<div class="node-tools">
        <input
          class="node-filter"
          data-testid="node-filter"
          type="search"
          placeholder=${l10n.t('Filter')}
          aria-label=${l10n.t('Filter nodes by name or token')}
          .value=${live(filter)}
          @input=${(event: Event) => {
            filter = (event.target as HTMLInputElement).value;
            shownRows = ROWS;
            draw(page.state());
          }}
        />
        <label class="node-option" title=${l10n.t('The residual stream, norms, sums of a block and what is gathered in rests')}
          ><input
            data-testid="nodes-gathered"
            type="checkbox"
            .checked=${live(gathered)}
            @change=${() => {
              gathered = !gathered;
              draw(page.state());
            }}
          />${l10n.t('Sums, norms, W_O')}</label
        >
        <span class="node-count" role="status"
          >${l10n.t`${found.length} of ${all.length} nodes`}${graph.unread === undefined ? nothing : `, ${l10n.t`${graph.unread} being read`}`}</span
        >
        ${measuring.template(state)}
        ${button({
          label: l10n.t('Copy CSV'),
          testId: 'copy-nodes',
          disabled: graph.unread === undefined ? undefined : l10n.t('Some nodes are still being read as tokens.'),
          press: () => copy(found),
        })}
      </div>
      ${cancel === null ? nothing : html`<p class="insight-note" data-testid="nodes-cancel">${cancel}</p>`}
      <div class="node-rows" tabindex="0" role="region" aria-label=${l10n.t('Nodes of the flow graph')}>
        <table class=${graph.layers.length === 1 ? 'nodes one-layer' : 'nodes'} data-testid="nodes">
          <thead>
            <tr>
              ${columns.map((column) => heading(column, shown))}
              <th class="of-copy" scope="col">${unseen(l10n.t('Copy'))}</th>
            </tr>
          </thead>
          <tbody>
            ${repeat(
              found.slice(0, shownRows),
              ({ node }) => node.id,
              (listed) => row(listed, most, columns, state, shown),
            )}
          </tbody>
        </table>
        ${button({
          label: l10n.t('Show more'),
          testId: 'more-nodes',
          hidden: found.length <= shownRows,
          press: () => {
            shownRows += ROWS;
            draw(page.state());
          },
        })}
      </div>`;
  };
  const draw = (state: PageState): void => void render(list(state), holder);
  const measuring = createMeasureStrongest(page, () => draw(page.state()));

  return {
    element: holder,
    update(state, before) {
      if (state.shown?.layout !== before?.shown?.layout) shownRows = ROWS;
      draw(state);
      measuring.proceed(state);
    },
  };
}

function cell(
  id: ColumnId,
  { node, reads }: Listed,
  most: number,
  state: PageState,
  shown: ShownGraph,
  hover: (event: FocusEvent) => void,
  pinned: boolean,
  name: string,
): TemplateResult {
  const target = node.reading?.target;
  switch (id) {
    case 'share': {
      if (node.share === undefined) return html`<td class="of-share"></td>`;
      const part = (Math.abs(node.share) / most).toFixed(3);
      return html`<td class="of-share">
        <span class=${node.share < 0 ? 'signed-bar negative' : 'signed-bar'} aria-hidden="true" .style=${`--part: ${part}`}></span>
        <span class="figure">${formatSigned(node.share)}</span>
      </td>`;
    }
    case 'node': {
      const layer = node.layer < 0 ? nothing : html`<span class="node-layer">${`L${node.layer} `}</span>`;
      return html`<th class="of-node" scope="row" title=${name}>
        <button class="goto" type="button" aria-pressed=${pinned} @focus=${hover}>${layer}${name}</button>${
          activeNeuronAt(node.id, state) === undefined ? nothing : html`<span class="always-badge">${l10n.t('always active')}</span>`
        }
      </th>`;
    }
    case 'reads': {
      const scale = shown.scale(state.view.colourBy);
      const palette = PALETTES[state.theme.kind];
      const place = scale.place(node);
      const colour = place === null ? null : sample(scale.diverging ? palette.diverging : palette.sequential, place);
      const style = colour === null ? '' : `background-color: ${toHex(colour)}; color: ${readableOn(colour)}`;
      return html`<td class="of-reads"><span class="reads" .style=${style}>${reads || '–'}</span></td>`;
    }
    case 'rank':
      return html`<td class="of-rank figure">${target === undefined ? '' : formatRank(target.rank)}</td>`;
    case 'probability':
      return html`<td class="of-probability figure">${target === undefined ? '' : formatProbability(target.probability)}</td>`;
    case 'effect': {
      const { effect } = node;
      const text = effect === undefined ? '' : `${effect.how === 'measured' ? '' : '≈ '}${formatSigned(effect.value)}`;
      return html`<td class="of-effect figure" title=${effect === undefined ? nothing : effectMeaning(shown.graph, referenceOf(shown))}>
        ${text}
      </td>`;
    }
  }
}
