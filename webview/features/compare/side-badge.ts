/** The badge that names a side in its colour. */
import type { Side } from '#core/format/comparison';
import { element } from '../../lib/dom/element';
import type { Part } from '../../state/page';
import { wordsOf } from '../../state/shown-comparison';

/** The name of a side, in its colour. */
export function createSideBadge(side: Side): Part {
  const badge = element('span', { class: `side-badge of-${side}`, testId: `${side}-badge` });
  return {
    element: badge,
    update(state, before) {
      if (state.compared !== before?.compared) badge.textContent = wordsOf(state)[side].name;
    },
  };
}
