/** That each side adds up, and the slider that keeps what accounts for a part of the absolute share on either. */
import * as l10n from '@vscode/l10n';
import { element } from '../../lib/dom/element';
import { createFittedText } from '../../lib/dom/fitted-text';
import { createShareFilter, SHARE_LINE_NOTE, shareLinesOf } from '../../parts/share-line';
import type { Page, Part } from '../../state/page';
import { SIDES } from '../../state/shown-comparison';
import { createSideBadge } from './side-badge';

export function createShareLines(page: Page): Part {
  const filter = createShareFilter(page);
  const lines = SIDES.map((side) => ({
    side,
    badge: createSideBadge(side),
    text: element('span', { class: 'share-text', testId: `${side}-share-line` }),
  }));
  const fitted = lines.map(({ text }) => createFittedText(text));
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
      for (const [i, { side, badge }] of lines.entries()) {
        badge.update(state, before);
        if (state.compared !== null && state.compared !== before?.compared)
          fitted[i]?.show(shareLinesOf(state.compared.comparison[side]), SHARE_LINE_NOTE);
      }
    },
  };
}
