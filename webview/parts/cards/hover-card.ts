/** The card that follows the pointer over the drawing. It takes no pointer itself: a click on its node pins it. */
import * as l10n from '@vscode/l10n';
import { html } from '../../lib/dom/html';
import { PALETTES } from '../../lib/colour/palettes';
import { nothing, render } from 'lit-html';
import { element } from '../../lib/dom/element';
import { emphasis } from '../../state/selectors';
import type { PageState } from '../../state/page-state';
import { COMPACT_TOKENS, compactCard } from './compact-card';
import type { CardOf } from './node-card';
import { clearPlace, overlap, type Rect } from '../../lib/dom/place-card';
import type { Page, Part } from '../../state/page';
import { canChange } from './what-if';

/** Below this width of the drawing the card is a strip at its edge. */
const STRIP_BELOW = 700;

/** How the card is kept, and what it then offers. */
function hintFor(page: Page, id: string, state: PageState): string {
  return canChange(page, id, state) ? l10n.t('Click to pin or change') : l10n.t('Click to pin');
}

/**
 * @param area the element that the card stays inside
 * @param locate a node's box in client pixels, or null when it is not drawn
 */
export function createHoverCard(page: Page, area: HTMLElement, locate: (id: string) => Rect | null, cardOf: CardOf = compactCard): Part {
  const holder = element('div', { class: 'hover-card', attributes: { role: 'tooltip', hidden: true } });

  /** Where the card covers nothing of what it explains: beside the node, in a narrow panel along the bottom; where there is no such place, over the controls above the drawing. */
  const place = (node: Rect, neighbours: readonly Rect[]): void => {
    const box = area.getBoundingClientRect();
    const narrow = box.width < STRIP_BELOW;
    holder.classList.toggle('strip', narrow);
    const { width, height } = holder.getBoundingClientRect();
    const strip = { left: box.left, top: box.top + box.height - height, width: box.width, height };
    const free = [node, ...neighbours].every((other) => !overlap(strip, other));
    const at = narrow ? (free ? strip : null) : clearPlace(node, { width, height }, box, neighbours);
    const { left, top } = at ?? { left: narrow ? box.left : clampTo(box, node, width), top: box.top - height };
    holder.style.left = `${left - box.left}px`;
    holder.style.top = `${top - box.top}px`;
  };

  return {
    element: holder,
    update(state: PageState, before) {
      const { shown, hovered, view } = state;
      const node = hovered === null ? undefined : shown?.nodes.get(hovered);
      const visible = shown !== null && node !== undefined && view.mode === 'graph' && !view.pinned.includes(node.id);
      if (!visible) {
        if (!holder.hidden) render(nothing, holder);
        holder.hidden = true;
        return;
      }
      const same = before !== null && before.hovered === hovered && before.shown === shown && before.theme === state.theme;
      if (!same || holder.hidden) {
        render(
          cardOf(node.id, state, {
            palette: PALETTES[state.theme.kind],
            rows: { first: COMPACT_TOKENS, second: 0 },
            testId: 'card',
            corner: html`<span class="card-hint">${hintFor(page, node.id, state)}</span>`,
          }),
          holder,
        );
        holder.dataset['node'] = node.id;
        holder.hidden = false;
      }
      const box = locate(node.id);
      if (box === null) {
        holder.hidden = true;
        return;
      }
      const around = [...(emphasis(state)?.nodes ?? [])].filter((id) => id !== node.id);
      place(
        box,
        around.map(locate).filter((other) => other !== null),
      );
    },
  };
}

/** The left edge of a card that is centred over a node and stays on the page. */
function clampTo(box: Rect, node: Rect, width: number): number {
  return Math.max(box.left, Math.min(box.left + box.width - width, node.left + node.width / 2 - width / 2));
}
