/** That each side adds up, and the slider that keeps what accounts for a part of the absolute share on either. */
import * as l10n from '@vscode/l10n';
import { element } from '../../lib/dom/element';
import { createShareFilter, shareLineOf } from '../../parts/share-line';
import type { Page, Part } from '../../state/page';
import { SIDES } from '../../state/shown-comparison';
import { createSideBadge } from './side-badge';

export function createShareLines(page: Page): Part {
  const filter = createShareFilter(page);
  const lines = SIDES.map((side) => ({ side, badge: createSideBadge(side), text: element('span', { testId: `${side}-share-line` }) }));
  return {
    element: element(
      'section',
      { class: 'shares', attributes: { 'aria-label': l10n.t('Shares of the logit') } },
      element(
        'div',
        { class: 'share-lines' },
        ...lines.map(({ badge, text }) => element('div', { class: 'share-line' }, badge.element, text)),
      ),
      filter.element,
    ),
    update(state, before) {
      filter.update(state, before);
      for (const { side, badge, text } of lines) {
        badge.update(state, before);
        if (state.compared !== null && state.compared !== before?.compared) text.textContent = shareLineOf(state.compared.comparison[side]);
      }
    },
  };
}
