/** That the graph adds up, in one line; and a slider that keeps the nodes which account for a part of the absolute share. */
import { attribute, attributionLine } from '../../src/core/graph/attribution';
import { logitInWords } from '../../src/core/graph/describe';
import { element } from '../dom/element';
import type { Page, View } from './view';

export function createShareLine(page: Page): View {
  const line = element('span', { class: 'share-line', testId: 'share-line' });
  const figure = element('span', { class: 'share-figure' });
  const slider = element('input', {
    testId: 'share-kept',
    attributes: { type: 'range', min: 5, max: 100, step: 5, 'aria-label': 'Keep the nodes that account for this part of the absolute share, in percent' },
    on: { input: () => page.dispatch({ type: 'view', change: { shareKept: Number(slider.value) / 100 } }) },
  });
  return {
    element: element('section', { class: 'shares', attributes: { 'aria-label': 'Shares of the logit' } }, line,
      element('label', { class: 'control', attributes: { title: 'Pinned nodes stay' } }, element('span', { class: 'control-label', text: 'Keep' }), slider, figure)),
    update({ shown, view }, before) {
      const percent = String(Math.round(view.shareKept * 100));
      if (slider.value !== percent) slider.value = percent;
      figure.textContent = view.shareKept >= 1 ? 'all nodes' : `${percent} % of the share`;
      if (shown === null || shown === before?.shown) return;
      line.textContent = attributionLine(attribute(shown.graph), logitInWords(shown.graph));
    },
  };
}
