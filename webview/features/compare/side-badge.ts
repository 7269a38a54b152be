/** What the two sides are called, and the badge that says so in the colour of its side. */
import type { Side } from '#core/format/comparison';
import { sideWords, type SideWords } from '#core/present/side-words';
import { element } from '../../lib/dom/element';
import type { PageState } from '../../state/page-state';
import type { View } from '../../state/view';

/** A and B; before and after where a what-if is shown. */
export function wordsOf({ compared }: Pick<PageState, 'compared'>): Readonly<Record<Side, SideWords>> {
  return compared?.words ?? sideWords(null);
}

/** The name of a side, in its colour. */
export function createSideBadge(side: Side): View {
  const badge = element('span', { class: `side-badge of-${side}`, testId: `${side}-badge` });
  return {
    element: badge,
    update(state, before) {
      if (state.compared !== before?.compared) badge.textContent = wordsOf(state)[side].name;
    },
  };
}
