/** What is going on when it is not the graph itself: work, a problem, or nothing yet. */
import type { ModelInfo } from '#core/format/flow-graph';
import { button } from '../lib/controls/toolkit';
import { element, fill, setAttributes } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { formatNumber } from '../lib/format/number';
import type { Page, Part } from '../state/page';

/** A thin bar over the drawing, what is being done, and Cancel. */
export function createProgress(page: Page): Part {
  const fillBar = element('div', { class: 'progress-fill' });
  const bar = element(
    'div',
    { class: 'progress-bar', attributes: { role: 'progressbar', 'aria-label': 'Forward pass', 'aria-valuemin': 0, 'aria-valuemax': 100 } },
    fillBar,
  );
  const message = element('span', { class: 'progress-message', testId: 'status', attributes: { role: 'status' } });
  const box = element(
    'div',
    { class: 'progress', testId: 'progress', attributes: { hidden: true } },
    bar,
    element(
      'div',
      { class: 'progress-note' },
      message,
      button({ label: 'Cancel', testId: 'cancel', press: () => page.post({ type: 'cancel' }) }),
    ),
  );
  return {
    element: box,
    update({ phase }, before) {
      if (phase === before?.phase) return;
      box.hidden = phase.kind !== 'working';
      if (phase.kind !== 'working') return;
      const { progress } = phase;
      const part = progress.total ? Math.min(1, progress.done / progress.total) : null;
      message.textContent = progress.message;
      bar.classList.toggle('unknown', part === null);
      fillBar.style.width = part === null ? '' : `${part * 100}%`;
      setAttributes(bar, { 'aria-valuenow': part === null ? null : Math.round(part * 100) });
    },
  };
}

/** A problem in words, and what can be done about it. */
export function createProblem(page: Page): Part {
  const box = element('div', { class: 'problem', testId: 'problem', attributes: { role: 'alert', hidden: true } });
  return {
    element: box,
    update({ phase }, before) {
      if (phase === before?.phase) return;
      box.hidden = phase.kind !== 'problem';
      if (phase.kind !== 'problem') return fill(box);
      const { message, hint, actions } = phase.problem;
      fill(
        box,
        icon('warning'),
        element(
          'div',
          { class: 'problem-text' },
          element('p', { class: 'problem-message', text: message }),
          hint === undefined ? null : element('p', { class: 'problem-hint', text: hint }),
        ),
        element(
          'div',
          { class: 'problem-actions' },
          ...(actions ?? []).map(({ id, title }, i) =>
            button({
              label: title,
              look: i === 0 ? 'primary' : 'secondary',
              testId: `action-${id}`,
              press: () => page.post({ type: 'action', id }),
            }),
          ),
          button({ label: 'Dismiss', icon: 'close', testId: 'problem-dismiss', press: () => page.dispatch({ type: 'dismiss' }) }),
        ),
      );
    },
  };
}

const STEPS = [
  'Open a file with a prompt, and select some text.',
  'Run “VISIT: Visualize Forward Pass” from the command palette or the editor’s menu.',
  'Hover a node to read it as tokens; click to keep its card.',
];

/** How to begin. */
export function createWelcome(): Part {
  const box = element('section', { class: 'welcome', testId: 'welcome', attributes: { hidden: true, 'aria-label': 'Welcome' } });
  const about = (model: ModelInfo) =>
    `Reading with ${model.name}: ${model.nLayers} layers, ${model.nHeads} heads, ${formatNumber(model.vocabSize)} tokens.`;
  return {
    element: box,
    update({ phase, shown }, before) {
      if (phase === before?.phase && shown === before.shown) return;
      box.hidden = shown !== null || phase.kind === 'starting' || phase.kind === 'working';
      const model = phase.kind === 'welcome' ? phase.model : null;
      fill(
        box,
        element('h1', { text: 'See inside a GPT' }),
        element('p', { text: 'Every hidden state, head and neuron of one forward pass, read as the tokens it stands for.' }),
        element('ol', {}, ...STEPS.map((step) => element('li', { text: step }))),
        model === null ? null : element('p', { class: 'welcome-model', text: about(model) }),
        element(
          'p',
          { class: 'welcome-keys' },
          'In the graph: ',
          element('kbd', { text: 'F' }),
          ' fits, ',
          element('kbd', { text: '+' }),
          ' and ',
          element('kbd', { text: '−' }),
          ' zoom, ',
          element('kbd', { text: 'Esc' }),
          ' closes a card.',
        ),
      );
    },
  };
}
