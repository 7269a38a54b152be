/** The model's always-active neurons, as a table that is sorted by any of its columns. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { nodeId } from '#core/format/node-id';
import { leastFrequency, promptsFor, writtenTokens, type ActiveNeuron, type ActiveNeurons } from '#core/insight/active-neurons';
import { readThroughInWords } from '#core/present/lens-words';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { columnHeader, figuresTable, partBar, tableCell, tableRow } from '../../lib/controls/figures-table';
import { element } from '../../lib/dom/element';
import { icon } from '../../lib/dom/icon';
import { unseen } from '../../lib/dom/unseen';
import { formatNumber, formatProbability, formatSigned } from '../../lib/format/number';
import { cancellable } from '../../parts/answer';
import { insightScreen } from '../../parts/insight-screen';
import type { Screen } from '../../parts/screen';
import { insightOf, knownNeurons, NEURONS } from '../../state/insight-state';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';

/** A column of the table. */
interface Column {
  readonly name: string;
  readonly hint: string;
  /** what it is sorted by; absent: it is not */
  readonly by?: (neuron: ActiveNeuron) => number;
  /** the first click puts the largest on top */
  readonly largestFirst?: true;
}

const ACTIVE_IN: Column = {
  name: l10n.t('Active in'),
  hint: l10n.t('Share of the prompts in which it was among the most active in its layer'),
  by: ({ frequency }) => frequency,
  largestFirst: true,
};

const COLUMNS: readonly Column[] = [
  { name: l10n.t('Layer'), hint: l10n.t('Block, from 0'), by: ({ layer }) => layer },
  { name: l10n.t('Neuron'), hint: l10n.t('Row of the second feed-forward matrix'), by: ({ neuron }) => neuron },
  ACTIVE_IN,
  { name: l10n.t('Coefficient'), hint: l10n.t('Mean ± standard deviation over all prompts'), by: ({ mean }) => mean, largestFirst: true },
  { name: l10n.t('Norm'), hint: l10n.t('Norm of its value'), by: ({ valueNorm }) => valueNorm, largestFirst: true },
  {
    name: l10n.t('Entropy'),
    hint: l10n.t('Entropy of its value’s tokens in bits: high if it favours no particular tokens'),
    by: ({ entropy }) => entropy,
    largestFirst: true,
  },
  {
    name: l10n.t('Writes'),
    hint: l10n.t('Tokens of its value; if the mean coefficient is negative, it writes the opposite, its least likely tokens'),
  },
];

interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

/** What is most often active comes first. */
const FIRST_ORDER: Order = { column: ACTIVE_IN, descending: true };

export function createNeuronsScreen(page: Page): Screen {
  const section = element('section');
  let order = FIRST_ORDER;

  const sort = (column: Column): void => {
    order = { column, descending: order.column === column ? !order.descending : column.largestFirst === true };
    draw(page.state());
  };
  const heading = (column: Column): TemplateResult => {
    const { name, hint, by } = column;
    const sorted = column !== order.column ? null : order.descending ? 'descending' : 'ascending';
    const content =
      by === undefined
        ? name
        : html`<button class="sort" data-testid="sort-${name}" type="button" @click=${() => sort(column)}>${name}</button>`;
    return columnHeader(content, { hint, sorted });
  };
  const screen = ({ insights, shown }: PageState): TemplateResult => {
    const found = knownNeurons(insights)?.value ?? null;
    const asked = insightOf<'activeNeurons'>(insights, NEURONS);
    const finding = asked.kind === 'asked' ? asked.progress : null;
    const listed = found === null ? [] : sorted(found.neurons, order);
    const none =
      found === null
        ? l10n.t('Not computed for this model yet. Search the prompts of a file, a folder or the workspace.')
        : l10n.t('No neuron is active in nearly all of these prompts.');
    return html`<h1>${l10n.t('Always-active neurons')}</h1>
      <p class="insight-note">
        ${l10n.t('Neurons that are among the most active in their layer at the last token of nearly every prompt. They say little about any one prompt, and the flow graph marks them. Results hold for the prompts searched: a few say little, hundreds say more.')}
      </p>
      <div class="insight-controls">
        ${button({ label: l10n.t('Find…'), look: 'primary', testId: 'neurons-find', press: () => page.requestInsight(NEURONS) })}
        ${button({
          label: l10n.t('Export CSV…'),
          testId: 'neurons-export',
          hidden: listed.length === 0,
          press: () => page.post({ type: 'exportNeurons' }),
        })}
        <span class="neurons-summary" data-testid="neurons-summary"
          >${found && `${inWords(found)}. ${readThroughInWords(found.model)}`}</span
        >
      </div>
      ${found === null || listed.length === 0 ? nothing : fewPrompts(found)}
      <div class="waiting">
        ${finding && cancellable(l10n.t('Running the prompts'), finding, 'neurons-cancel', () => page.post({ type: 'cancelInsight', request: NEURONS }))}
      </div>
      <p class="insight-note" ?hidden=${listed.length > 0}>${none}</p>
      ${figuresTable({
        kind: 'neurons',
        testId: 'neurons-table',
        label: l10n.t('Always-active neurons'),
        lines: true,
        hidden: listed.length === 0,
        head: COLUMNS.map(heading),
        rows: repeat(
          listed,
          ({ layer, neuron }) => `${layer} ${neuron}`,
          (neuron) => row(neuron, page, shown !== null),
        ),
      })}`;
  };
  const draw = (state: PageState): void => void render(screen(state), section);

  return insightScreen({
    label: l10n.t('Neurons'),
    content: [section],
    picture: { state: page.state, head: () => ({ title: l10n.t('Always-active neurons'), lines: [] }) },
    update(state, before) {
      const same = state.insights.activeNeurons === before?.insights.activeNeurons;
      if (!same || (state.shown === null) !== (before.shown === null)) draw(state);
    },
  });
}

/** The neurons in an order; those that are level stay by layer, most frequent first. */
function sorted(neurons: readonly ActiveNeuron[], { column: { by }, descending }: Order): readonly ActiveNeuron[] {
  if (by === undefined) return neurons;
  return [...neurons].sort((a, b) => (descending ? by(b) - by(a) : by(a) - by(b)));
}

/** Says that so few prompts cannot tell which neurons are active in nearly all of them. */
function fewPrompts({ prompts, atLeast }: ActiveNeurons): TemplateResult | typeof nothing {
  const least = leastFrequency(prompts);
  if (least >= atLeast) return nothing;
  return html`<p class="insight-note neurons-few" data-testid="neurons-few">
    ${icon('warning')}
    ${l10n.t(
      '{prompts} prompts are few: a neuron that is active in all of them may be active in only {part} of others (at 95% confidence). From {enough} prompts on they can tell.',
      { prompts: formatNumber(prompts), part: formatProbability(least), enough: formatNumber(promptsFor(atLeast)) },
    )}
  </p>`;
}

function inWords({ model, prompts, skipped, perLayer, atLeast, neurons }: ActiveNeurons): string {
  const count = formatNumber(neurons.length);
  const all = formatNumber(model.nLayers * model.dMlp);
  const found = l10n.t(
    '{count} of {all} neurons of {model}: among the {perLayer} most active in their layer in {part} or more of {prompts} prompts',
    { count, all, model: model.name, perLayer: formatNumber(perLayer), part: formatProbability(atLeast), prompts: formatNumber(prompts) },
  );
  return skipped.length === 0 ? found : l10n.t('{0}, {1} left out', found, formatNumber(skipped.length));
}

/** @param linked whether its layer can be shown */
function row(neuron: ActiveNeuron, page: Page, linked: boolean): TemplateResult {
  const { layer, neuron: index, frequency, mean, deviation, valueNorm, entropy } = neuron;
  const written = writtenTokens(neuron).map(showToken);
  // A narrow panel has no room for all of it.
  const inFull = [
    written.join('  '),
    l10n.t`Coefficient ${formatSigned(mean)} ± ${formatNumber(deviation)}`,
    l10n.t`Norm ${formatNumber(valueNorm)}`,
    l10n.t`Entropy ${formatNumber(entropy)} bits`,
  ].join('\n');
  const link = html`<button
    class="link"
    type="button"
    title=${l10n.t`Show the flow graph of layer ${layer}`}
    @click=${() => open(neuron, page)}
  >
    ${index}
  </button>`;
  return tableRow(
    `neuron-${layer}-${index}`,
    tableCell('figure', l10n.t('Layer'), String(layer)),
    tableCell('figure', l10n.t('Neuron'), linked ? link : String(index)),
    tableCell('figure', l10n.t('Active in'), html`${partBar(frequency)}${formatProbability(frequency)}`),
    tableCell('figure', l10n.t('Coefficient'), html`${formatSigned(mean)} <span class="deviation">± ${formatNumber(deviation)}</span>`),
    tableCell('figure', l10n.t('Norm'), formatNumber(valueNorm)),
    tableCell('figure', l10n.t('Entropy'), l10n.t`${formatNumber(entropy)} bits`),
    tableCell(
      'token-cell',
      l10n.t('Writes'),
      html`<div class="written" title=${inFull}>
        <span class=${mean < 0 ? 'writes negative' : 'writes'} aria-hidden="true">${mean < 0 ? '−' : '+'}</span>
        ${mean < 0 ? unseen(`${l10n.t('the opposite of its value')}: `) : nothing}
        ${written.map((token) => html`<span class="list-token">${token}</span>`)}
      </div>`,
    ),
  );
}

/** Shows the flow graph of a neuron's layer, with the neuron. */
function open({ layer, neuron, mean }: ActiveNeuron, page: Page): void {
  // As many are drawn as count as active: among them it stands, unless on this prompt it is quiet or has the other sign.
  const id = nodeId.neuronValue(layer, neuron);
  const { request, insights } = page.state();
  const side = mean < 0 ? 'bottom' : 'top';
  const most = Math.max(request?.counts[side] ?? 0, knownNeurons(insights)?.value.perLayer ?? 0);
  page.dispatch({ type: 'view', change: { tab: 'graph', mode: 'graph' } });
  if (!page.state().view.pinned.includes(id)) page.dispatch({ type: 'togglePin', id });
  page.visit({ layers: { from: layer, to: layer }, ...(request !== null && { counts: { ...request.counts, [side]: most } }) });
}
