/** How to begin: nothing has been asked yet, or the first answer is being computed. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { ModelInfo } from '#core/format/flow-graph';
import { html } from '../../lib/dom/html';
import { element } from '../../lib/dom/element';
import { formatNumber } from '../../lib/format/number';
import type { Screen } from '../../parts/screen';

const STEPS = [
  l10n.t('Open a file with a prompt, and select some text.'),
  l10n.t('Run “VISIT: Visualize Forward Pass” from the command palette or the editor’s menu.'),
  l10n.t('Hover a node to read it as tokens; click to pin its card.'),
];

export function createWelcomeScreen(): Screen {
  const welcome = element('section', {
    class: 'welcome',
    testId: 'welcome',
    attributes: { hidden: true, 'aria-label': l10n.t('Welcome') },
  });
  const stage = element('div', { class: 'stage' }, welcome);
  return {
    element: element('div', { class: 'screen' }, element('main', { class: 'main' }, stage)),
    stage,
    drawing: null,
    update({ phase, shown }, before) {
      if (phase === before?.phase && shown === before.shown) return;
      welcome.hidden = shown !== null || phase.kind === 'starting' || phase.kind === 'working';
      render(welcomeTo(phase.kind === 'welcome' ? phase.model : null), welcome);
    },
  };
}

function welcomeTo(model: ModelInfo | null): TemplateResult {
  return html`<h1>${l10n.t('See inside a GPT')}</h1>
    <p>${l10n.t('Every hidden state, head and neuron of one forward pass, read as the tokens it stands for.')}</p>
    <ol>
      ${STEPS.map((step) => html`<li>${step}</li>`)}
    </ol>
    ${model === null ? nothing : html`<p class="welcome-model">${about(model)}</p>`}
    <p class="welcome-keys">
      ${withKeys(l10n.t('In the graph: {0} fits, {1} and {2} zoom, {3} closes a card.'), ['F', '+', '−', 'Esc'])}
    </p>`;
}

function about({ name, nLayers, nHeads, vocabSize }: ModelInfo): string {
  return l10n.t`Reading with ${name}: ${nLayers} layers, ${nHeads} heads, ${formatNumber(vocabSize)} tokens.`;
}

/** A sentence with keys in its places {0}, {1} and so on. */
function withKeys(sentence: string, keys: readonly string[]): readonly (TemplateResult | string)[] {
  return sentence.split(/\{(\d)\}/).map((piece, i) => (i % 2 === 0 ? piece : html`<kbd>${keys[Number(piece)]}</kbd>`));
}
