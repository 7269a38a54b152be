/** The head of a view of a prompt: its tokens, of which one is chosen, the model, and the target. */
import { showToken } from '../../src/core/text/token-text';
import { element, fill } from '../dom/element';
import { formatProbability, formatRank } from '../format/number';
import { createHeading } from '../views/heading';
import { createTokenStrip } from '../views/token-strip';
import type { Page, View } from '../views/view';

/** @param title what the view is, for screen readers */
export function createPromptHeader(page: Page, title: string): View {
  const strip = createTokenStrip(page);
  const heading = createHeading();
  const target = element('div', { class: 'toolbar insight-target' });
  return {
    element: element('header', { class: 'header' },
      element('h1', { class: 'unseen', text: title }),
      element('div', { class: 'prompt' }, strip.element, heading.element),
      target),
    update(state, before) {
      strip.update(state, before);
      heading.update(state, before);
      const graph = state.shown?.graph;
      if (graph === undefined || graph === before?.shown?.graph) return;
      const { rank, probability, against, ...token } = graph.target;
      fill(target, element('span', { class: 'control-label', text: 'Target' }), element('b', { class: 'token-text', text: showToken(token) }),
        against === undefined ? null : element('span', {}, 'against ', element('b', { class: 'token-text', text: showToken(against) })),
        element('span', { class: 'target-figure', text: `${formatRank(rank)} · ${formatProbability(probability)}` }));
    },
  };
}
