/** What changed: every node that differs, as a table that can be sorted by any measure. A row leads to its node. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { NodeChange, Side } from '#core/format/comparison';
import type { FlowNode } from '#core/format/flow-graph';
import { nodeName, nodeTitle } from '#core/present/describe';
import { cancellingChangesNote } from '#core/present/cancelling-effects';
import { whatChanged, type Measure } from '#core/compare/what-changed';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { element } from '../../lib/dom/element';
import { unseen } from '../../lib/dom/unseen';
import { labelOf } from '../../lib/format/label';
import { formatRank } from '../../lib/format/number';
import { formatChange, largest, MEASURE_NAMES, measureMeaning, measureNoun, MEASURES, strength } from '../../state/measures';
import type { Page, Part } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { areAwaited, SIDES, type ShownComparison } from '../../state/shown-comparison';
import { twinsOf } from './compare-card';
import { createCompareBy } from './compare-by';

/** Rows that are shown at first, and that are added on demand. */
const ROWS = 60;

/** Class of the column that the list is sorted by. */
const SORTED = 'sorted';
/** Of the other measures so many are shown where there is some room; the rest where there is much. */
const FIRST_OTHERS = 4;

/** Class of the column of another measure, by its place. */
function columnOf(place: number): string {
  return place < FIRST_OTHERS ? 'other-measure' : 'other-measure further';
}

/** @param open leads to a node of the drawing */
export function createChangesTable(page: Page, open: (id: string) => void): Part {
  const holder = element('div', {
    class: 'table changes-holder',
    attributes: { tabindex: 0, role: 'region', 'aria-label': l10n.t('What changed') },
  });
  let shownRows = ROWS;
  const sortedBy = createCompareBy(page, 'sorted-by');

  /** What a list is sorted by is its first column. */
  const sortBy = (measure: Measure): void => {
    page.dispatch({ type: 'compareView', change: { measure } });
    holder.scrollLeft = 0;
  };
  const heading = (measure: Measure, column: string): TemplateResult =>
    html`<th scope="col" class=${column} aria-sort=${column === SORTED ? 'descending' : nothing}>
      <button class="sort" data-testid="sort-${measure}" type="button" title=${measureMeaning(measure)} @click=${() => sortBy(measure)}>
        ${MEASURE_NAMES[measure]}
      </button>
    </th>`;

  /** The measure that the list is sorted by comes first. */
  const inOrder = (measure: Measure): readonly Measure[] => [measure, ...MEASURES.filter((each) => each !== measure)];

  const row = (change: NodeChange, measure: Measure, most: number, compared: ShownComparison): TemplateResult => {
    const { id } = change;
    const [, ...others] = inOrder(measure);
    const part = strength(change, measure, most) ?? 0;
    const node = compared.merged.nodes.get(id);
    const hover = (): void => page.dispatch({ type: 'hover', id });
    return html`<tr data-testid="change" data-node=${id} @pointerenter=${hover} @click=${() => open(id)}>
      <td class="change-figure">
        <span
          class=${part < 0 ? 'signed-bar negative' : 'signed-bar'}
          aria-hidden="true"
          .style=${`--part: ${Math.abs(part).toFixed(3)}`}
        ></span
        ><span class="figure">${figure(change, measure, compared)}</span>
      </td>
      <th scope="row">
        <button class="goto" type="button" @focus=${hover}>${node === undefined ? id : nameIn(compared, node)}</button>
      </th>
      <td class="tokens">
        ${tokenOf('left', id, compared)}<span aria-hidden="true"> → </span>${unseen(` ${l10n.t('to')} `)}${tokenOf('right', id, compared)}
      </td>
      ${others.map((each, i) => html`<td class=${`figure ${columnOf(i)}`}>${figure(change, each, compared)}</td>`)}
    </tr>`;
  };

  const table = ({ compared, view }: PageState): TemplateResult | typeof nothing => {
    if (compared === null) return nothing;
    const { measure, gathered } = view.compare;
    const changes = whatChanged(compared.comparison, measure, gathered);
    const none = changes.length === 0;
    const note =
      measure === 'effect'
        ? cancellingChangesNote(whatChanged(compared.comparison, measure, false).map(({ change }) => change.effect ?? null))
        : null;
    const most = largest(changes, measure);
    const [first, ...others] = inOrder(measure);
    const { left, right } = compared.words;
    const more = (): void => {
      shownRows += ROWS;
      draw(page.state());
    };
    sortedBy.show(measure);
    return html`<div class="changes-options">
        <div class="control"><span class="control-label">${l10n.t('Compare by')}</span>${sortedBy.element}</div>
        <label class="changes-option"
          ><input
            data-testid="gathered"
            type="checkbox"
            .checked=${gathered}
            @change=${() => page.dispatch({ type: 'compareView', change: { gathered: !gathered } })}
          />${l10n.t('Include sums, norms, W_O')}</label
        >
      </div>
      <table class="changes" data-testid="changes" ?hidden=${none}>
        <caption class="unseen">
          ${l10n.t('What changed between the two passes')}
        </caption>
        <thead>
          <tr>
            ${first && heading(first, SORTED)}
            <th scope="col">${l10n.t('Node')}</th>
            <th scope="col">${l10n.t`Reads: ${left.name} → ${right.name}`}</th>
            ${others.map((each, i) => heading(each, columnOf(i)))}
          </tr>
        </thead>
        <tbody>
          ${changes.slice(0, shownRows).map((change) => row(change, measure, most, compared))}
        </tbody>
      </table>
      <p class="changes-none" data-testid="no-changes" ?hidden=${!none}>
        ${measure === 'effect' && areAwaited(compared) ? l10n.t('Effects are not estimated yet.') : l10n.t`No node changes in ${measureNoun(measure)}.`}
      </p>
      ${note === null ? nothing : html`<p class="insight-note" data-testid="changes-cancel">${note}</p>`}
      ${button({ label: l10n.t('Show more'), testId: 'more-changes', hidden: changes.length <= shownRows, press: more })}`;
  };
  const draw = (state: PageState): void => void render(table(state), holder);

  return {
    element: holder,
    update(state, before) {
      const isVisible = ({ view }: PageState): boolean => view.mode === 'table' && view.compare.listing === 'changes';
      holder.hidden = !isVisible(state);
      if (holder.hidden) return;
      if (state.compared !== before?.compared || state.view.compare !== before.view.compare) shownRows = ROWS;
      else if (isVisible(before)) return;
      draw(state);
    },
  };
}

/** What a row is called: with its layer where several are drawn, as there is little room for what they all begin with. */
function nameIn({ merged: { graph } }: ShownComparison, node: FlowNode): string {
  return graph.layers.length > 1 ? nodeTitle(node, graph) : nodeName(node, graph);
}

/** What a side reads at a node: its first token. */
function tokenOf(side: Side, id: string, compared: ShownComparison): TemplateResult | string {
  const own = twinsOf(compared, id)[side];
  if (own === undefined)
    return html`<span class="absent">${compared.whatIf ? l10n.t('not in this pass') : l10n.t('not in this prompt')}</span>`;
  return labelOf(own) || '–';
}

function figure(change: NodeChange, measure: Measure, compared: ShownComparison): string {
  const value = change.change[measure];
  if (value === undefined) return '';
  if (measure !== 'rank') return formatChange(measure, value);
  const twins = twinsOf(compared, change.id);
  return SIDES.map((side) => formatRank(twins[side]?.reading?.target.rank ?? 1)).join(' → ');
}
