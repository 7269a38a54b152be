/** What changed: every node that differs, as a table that can be sorted by any measure. A row leads to its node. */
import { isSilent, spokenTokens } from '#core/format/spoken-tokens';
import { nodeTitle } from '#core/present/describe';
import type { NodeChange } from '#core/format/comparison';
import { whatChanged, type Measure } from '#core/compare/what-changed';
import { showToken } from '#core/text/token-text';
import { button } from '../../lib/controls/toolkit';
import { element, fill, setAttributes } from '../../lib/dom/element';
import { labelOf } from '../../lib/format/label';
import { formatRank } from '../../lib/format/number';
import type { PageState } from '../../state/page-state';
import type { Page, Part } from '../../state/page';
import { twinsOf } from './compare-card';
import { SIDES, type ShownComparison } from '../../state/shown-comparison';
import { formatChange, MEASURE_NAMES, measureMeaning, MEASURES } from '../../state/measures';

/** Rows that are shown at first, and that are added on demand. */
const ROWS = 60;
/** Tokens of each side in a row. */
const TOKENS = 3;

/** @param open leads to a node of the drawing */
export function createChangesTable(page: Page, open: (id: string) => void): Part {
  const body = element('tbody', {});
  const headings = MEASURES.map((measure) => {
    const sort = element('button', {
      class: 'sort',
      testId: `sort-${measure}`,
      text: MEASURE_NAMES[measure],
      attributes: { type: 'button', title: measureMeaning(measure) },
      on: { click: () => page.dispatch({ type: 'compareView', change: { measure } }) },
    });
    return { measure, cell: element('th', { attributes: { scope: 'col' } }, sort) };
  });
  const reads = SIDES.map((side) => ({ side, cell: element('th', { class: `of-${side}`, attributes: { scope: 'col' } }) }));
  const more = button({
    label: 'Show more',
    testId: 'more-changes',
    press: () => {
      shownRows += ROWS;
      draw(page.state());
    },
  });
  const nothing = element('p', { class: 'changes-none', testId: 'no-changes', attributes: { hidden: true } });
  const gathered = element('input', {
    testId: 'gathered',
    attributes: { type: 'checkbox' },
    on: { change: () => page.dispatch({ type: 'compareView', change: { gathered: gathered.checked } }) },
  });
  const table = element(
    'table',
    { class: 'changes', testId: 'changes' },
    element('caption', { class: 'unseen', text: 'What changed between the two passes' }),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        element('th', { text: 'Node', attributes: { scope: 'col' } }),
        ...reads.map(({ cell }) => cell),
        ...headings.map(({ cell }) => cell),
      ),
    ),
    body,
  );
  const holder = element(
    'div',
    { class: 'table changes-holder', attributes: { tabindex: 0, role: 'region', 'aria-label': 'What changed' } },
    element('label', { class: 'changes-option' }, gathered, 'Also sums and norms'),
    table,
    nothing,
    more,
  );
  let shownRows = ROWS;

  const cellOf = (change: NodeChange, measure: Measure, compared: ShownComparison): HTMLElement => {
    const value = change.change[measure];
    const twins = twinsOf(compared, change.id);
    const ranks = measure === 'rank' ? SIDES.map((side) => twins[side]?.reading?.target.rank) : [];
    const text =
      value === undefined ? '' : measure === 'rank' ? ranks.map((rank) => formatRank(rank ?? 1)).join(' → ') : formatChange(measure, value);
    return element('td', { class: 'figure', text });
  };

  const rowOf = (change: NodeChange, compared: ShownComparison): HTMLElement => {
    const node = compared.merged.nodes.get(change.id);
    const twins = twinsOf(compared, change.id);
    const tokens = SIDES.map((side) => {
      const own = twins[side];
      if (own === undefined) return null;
      return isSilent(own) ? labelOf(own) : spokenTokens(own).slice(0, TOKENS).map(showToken).join('  ');
    });
    const row = element(
      'tr',
      {
        testId: 'change',
        on: {
          pointerenter: () => page.dispatch({ type: 'hover', id: change.id }),
          click: () => open(change.id),
        },
      },
      element(
        'th',
        { attributes: { scope: 'row' } },
        element('button', {
          class: 'goto',
          text: node === undefined ? change.id : nodeTitle(node, compared.merged.graph),
          attributes: { type: 'button' },
          on: { focus: () => page.dispatch({ type: 'hover', id: change.id }) },
        }),
      ),
      ...tokens.map((text) =>
        element('td', {
          class: text === null ? 'tokens absent' : 'tokens',
          text: text ?? (compared.whatIf ? 'not in this pass' : 'not in this prompt'),
        }),
      ),
      ...MEASURES.map((measure) => cellOf(change, measure, compared)),
    );
    row.dataset['node'] = change.id;
    return row;
  };

  const draw = ({ compared, view }: PageState): void => {
    if (compared === null) return fill(body);
    const { measure } = view.compare;
    const changes = whatChanged(compared.comparison, measure, view.compare.gathered);
    fill(body, ...changes.slice(0, shownRows).map((change) => rowOf(change, compared)));
    more.hidden = changes.length <= shownRows;
    table.hidden = changes.length === 0;
    nothing.hidden = changes.length > 0;
    nothing.textContent = `No node differs by ${MEASURE_NAMES[measure].toLowerCase()}.`;
    gathered.checked = view.compare.gathered;
    for (const { side, cell } of reads) cell.textContent = `${compared.words[side].name} reads`;
    for (const heading of headings) {
      setAttributes(heading.cell, { 'aria-sort': heading.measure === measure ? 'descending' : null });
      heading.cell.classList.toggle('sorted', heading.measure === measure);
    }
  };

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
