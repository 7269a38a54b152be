/** The model's always-active neurons, as a table that is sorted by any of its columns. */
import { nodeId } from '#core/format/node-id';
import { writtenTokens, type ActiveNeuron, type ActiveNeurons } from '#core/insight/active-neurons';
import { showToken } from '#core/text/token-text';
import { button } from '../../lib/controls/toolkit';
import { element, fill, setAttributes, unseen } from '../../lib/dom/element';
import { formatNumber, formatProbability, formatSigned } from '../../lib/format/number';
import type { Screen } from '../../parts/screen';
import type { Page } from '../../state/page';
import { createProgressBar } from '../../parts/answer';
import { columnHeader, figuresTable, partBar, rows, tableCell, tableHolder, tableRow } from '../../lib/controls/figures-table';

/** A column of the table. */
interface Column {
  readonly name: string;
  readonly hint: string;
  /** what it is sorted by; absent: it is not */
  readonly by?: (neuron: ActiveNeuron) => number;
  /** the first click puts the largest on top */
  readonly largestFirst?: true;
}

const COLUMNS: readonly Column[] = [
  { name: 'Layer', hint: 'Block, from 0', by: ({ layer }) => layer },
  { name: 'Neuron', hint: 'Row of the second feed-forward matrix', by: ({ neuron }) => neuron },
  {
    name: 'Active in',
    hint: 'Share of the prompts in which it was among the most active of its layer',
    by: ({ frequency }) => frequency,
    largestFirst: true,
  },
  { name: 'Coefficient', hint: 'Mean ± standard deviation over all prompts', by: ({ mean }) => mean, largestFirst: true },
  { name: 'Norm', hint: 'Norm of its value', by: ({ valueNorm }) => valueNorm, largestFirst: true },
  {
    name: 'Entropy',
    hint: 'Entropy of its value’s tokens in bits: high where it stands for no tokens in particular',
    by: ({ entropy }) => entropy,
    largestFirst: true,
  },
  { name: 'Writes', hint: 'Tokens of its value; where the mean coefficient is negative it writes the opposite, its least likely tokens' },
];

interface Order {
  readonly column: number;
  readonly descending: boolean;
}

export function createNeuronsScreen(page: Page): Screen {
  const find = button({ label: 'Find…', look: 'primary', testId: 'neurons-find', press: () => page.post({ type: 'findNeurons' }) });
  const save = button({ label: 'Export CSV…', testId: 'neurons-export', press: () => page.post({ type: 'exportNeurons' }) });
  const summary = element('span', { class: 'neurons-summary', testId: 'neurons-summary' });
  const progress = createProgressBar('Running the prompts', 'neurons-cancel', () => page.post({ type: 'cancelNeurons' }));
  const body = rows('tbody');
  const headings = COLUMNS.map(({ name, hint, by }, column) =>
    columnHeader(
      by === undefined
        ? name
        : element('button', {
            class: 'sort',
            testId: `sort-${name}`,
            text: name,
            attributes: { type: 'button' },
            on: { click: () => sort(column) },
          }),
      hint,
    ),
  );
  const table = figuresTable('neurons', 'neurons-table', 'Always-active neurons', rows('thead', tableRow(undefined, ...headings)), body);
  const holder = tableHolder('Table of always-active neurons', table);
  const none = element('p', { class: 'insight-note' });
  const stage = element(
    'div',
    { class: 'stage insight', attributes: { tabindex: 0, role: 'region', 'aria-label': 'Neurons' } },
    element(
      'section',
      {},
      element('h1', { text: 'Always-active neurons' }),
      element('p', {
        class: 'insight-note',
        text:
          'Neurons that are among the most active of their layer in nearly every prompt, looked at its last token. ' +
          'They say little about any one prompt, and the flow graph marks them. What is found holds for these prompts: a few tell little, hundreds tell more.',
      }),
      element('div', { class: 'insight-controls' }, find, save, summary),
      element('div', { class: 'waiting' }, progress.element),
      none,
      holder,
    ),
  );

  let order: Order = { column: 2, descending: true };
  const sort = (column: number): void => {
    order =
      order.column === column ? { column, descending: !order.descending } : { column, descending: COLUMNS[column].largestFirst === true };
    draw(page.state().insights.neurons);
  };

  const draw = (found: ActiveNeurons | null): void => {
    headings.forEach((heading, column) =>
      setAttributes(heading, { 'aria-sort': column !== order.column ? null : order.descending ? 'descending' : 'ascending' }),
    );
    const listed = found === null ? [] : sorted(found.neurons, order);
    holder.hidden = listed.length === 0;
    none.hidden = listed.length > 0;
    none.textContent =
      found === null
        ? 'Nobody has looked for them in this model yet: find them over the prompts of a file, a folder or the workspace.'
        : 'No neuron is active in nearly every one of these prompts.';
    summary.textContent = found === null ? '' : inWords(found);
    save.hidden = listed.length === 0;
    fill(body, ...listed.map((neuron) => row(neuron, page)));
  };

  // What is under way is shown over the part that scrolls, not in it.
  const main = element('main', { class: 'main' }, stage);
  return {
    element: element('div', { class: 'screen' }, main),
    stage: main,
    drawing: null,
    update(state, before) {
      const { neurons, finding } = state.insights;
      progress.element.hidden = finding === null;
      if (finding !== null) progress.show(finding);
      if (before === null || neurons !== before.insights.neurons || (state.shown === null) !== (before.shown === null)) draw(neurons);
    },
  };
}

/** The neurons in an order; those that are level stay by layer, most frequent first. */
function sorted(neurons: readonly ActiveNeuron[], { column, descending }: Order): readonly ActiveNeuron[] {
  const by = COLUMNS[column].by;
  if (by === undefined) return neurons;
  return [...neurons].sort((a, b) => (descending ? by(b) - by(a) : by(a) - by(b)));
}

function inWords({ model, prompts, skipped, perLayer, atLeast, neurons }: ActiveNeurons): string {
  const left = skipped.length === 0 ? '' : `, ${formatNumber(skipped.length)} left out`;
  return (
    `${formatNumber(neurons.length)} of ${formatNumber(model.nLayers * model.dMlp)} neurons of ${model.name}: among the ${formatNumber(perLayer)} most active of their layer ` +
    `in ${formatProbability(atLeast)} or more of ${formatNumber(prompts)} prompts${left}`
  );
}

function row(neuron: ActiveNeuron, page: Page): HTMLElement {
  const { layer, neuron: index, frequency, mean, deviation, valueNorm, entropy } = neuron;
  const id = nodeId.neuronValue(layer, index);
  const open = (): void => {
    // As many are drawn as count as active: among them it stands, unless on this prompt it is quiet or has the other sign.
    const { request, insights } = page.state();
    const side = mean < 0 ? 'bottom' : 'top';
    const most = Math.max(request?.counts[side] ?? 0, insights.neurons?.perLayer ?? 0);
    page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
    if (!page.state().view.pinned.includes(id)) page.dispatch({ type: 'togglePin', id });
    page.ask({ layers: { from: layer, to: layer }, ...(request !== null && { counts: { ...request.counts, [side]: most } }) });
  };
  const name =
    page.state().shown === null
      ? String(index)
      : element('button', {
          class: 'link',
          text: String(index),
          attributes: { type: 'button', title: `Show the flow graph of layer ${layer}` },
          on: { click: open },
        });
  return tableRow(
    `neuron-${layer}-${index}`,
    tableCell('figure', 'Layer', String(layer)),
    tableCell('figure', 'Neuron', name),
    tableCell('figure', 'Active in', partBar(frequency), formatProbability(frequency)),
    tableCell('figure', 'Coefficient', `${formatSigned(mean)} ± ${formatNumber(deviation)}`),
    tableCell('figure', 'Norm', formatNumber(valueNorm)),
    tableCell('figure', 'Entropy', `${formatNumber(entropy)} bits`),
    tableCell(
      'token-cell',
      'Writes',
      element(
        'div',
        { class: 'effect-list' },
        element('span', {
          class: mean < 0 ? 'writes negative' : 'writes',
          text: mean < 0 ? '−' : '+',
          attributes: { 'aria-hidden': 'true' },
        }),
        mean < 0 ? unseen('the opposite of its value: ') : null,
        ...writtenTokens(neuron).map((token) => element('span', { class: 'list-token', text: showToken(token) })),
      ),
    ),
  );
}
