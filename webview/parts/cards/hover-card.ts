/** The card that follows the pointer over the drawing. It takes no pointer itself: a click on its node pins it. */
import * as l10n from '@vscode/l10n';
import { html } from '../../lib/dom/html';
import { PALETTES } from '../../lib/colour/palettes';
import { nothing, render } from 'lit-html';
import { element } from '../../lib/dom/element';
import { emphasis } from '../../state/selectors';
import type { PageState } from '../../state/page-state';
import { nodeCard, type CardOf } from './node-card';
import { placeCard, type Rect } from '../../lib/dom/place-card';
import type { Page, Part } from '../../state/page';
import { canChange } from './what-if';

/** Below this width of the drawing the card is a sheet at its edge. */
export const SHEET_BELOW = 560;

/** How the card is kept, and what it then offers. */
function hintFor(page: Page, id: string, state: PageState): string {
  return canChange(page, id, state) ? l10n.t('Click to pin or change') : l10n.t('Click to pin');
}

/**
 * @param area the element that the card stays inside
 * @param locate a node's box in client pixels, or null when it is not drawn
 */
export function createHoverCard(page: Page, area: HTMLElement, locate: (id: string) => Rect | null, cardOf: CardOf = nodeCard): Part {
  const holder = element('div', { class: 'hover-card', attributes: { role: 'tooltip', hidden: true } });

  const place = (node: Rect, neighbours: readonly Rect[]): void => {
    const page = area.getBoundingClientRect();
    holder.style.removeProperty('max-height');
    holder.classList.toggle('sheet', page.width < SHEET_BELOW);
    if (page.width < SHEET_BELOW) {
      const half = page.height / 2 - 8;
      const low = node.top + node.height / 2 > page.top + page.height / 2;
      holder.classList.toggle('sheet-top', low);
      holder.style.removeProperty('left');
      holder.style.removeProperty('top');
      const free = low ? node.top - page.top : page.top + page.height - node.top - node.height;
      holder.style.maxHeight = `${Math.max(half, 0) < free ? half : free - 8}px`;
      return;
    }
    const size = holder.getBoundingClientRect();
    const at = placeCard(node, { width: size.width, height: size.height }, page, neighbours);
    holder.style.left = `${at.left - page.left}px`;
    holder.style.top = `${at.top - page.top}px`;
    holder.style.maxHeight = `${at.height}px`;
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
            rows: { first: 8, second: 3 },
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
