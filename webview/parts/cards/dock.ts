/** Cards that stay: the pinned ones, and beside the table the card of its current row. */
import { PALETTES } from '../../lib/colour/palettes';
import { button } from '../../lib/controls/toolkit';
import { element, fill } from '../../lib/dom/element';
import { pinnedNodes } from '../../state/selectors';
import type { PageState } from '../../state/page-state';
import { nodeCard, type CardOf } from './node-card';
import type { Page, Part } from '../../state/page';
import { focusAfterForm, whatIfActions } from './what-if';

export function createDock(page: Page, cardOf: CardOf = nodeCard): Part {
  const current = element('div', { class: 'dock-current', attributes: { 'aria-live': 'polite' } });
  const pins = element('div', { class: 'dock-pins' });
  const count = element('span', { class: 'dock-count' });
  const heading = element(
    'div',
    { class: 'dock-heading' },
    count,
    button({ label: 'Unpin all', testId: 'unpin-all', press: () => page.dispatch({ type: 'unpinAll' }) }),
  );
  const dock = element(
    'aside',
    { class: 'dock', testId: 'dock', attributes: { 'aria-label': 'Cards', tabindex: 0, hidden: true } },
    current,
    heading,
    pins,
  );

  const drawPins = (state: PageState): void => {
    const nodes = pinnedNodes(state);
    count.textContent = `${nodes.length} pinned`;
    heading.hidden = nodes.length === 0;
    fill(
      pins,
      ...nodes.toReversed().map((node) => {
        const pinned = cardOf(node.id, state, {
          palette: PALETTES[state.theme.kind],
          rows: { first: Infinity, second: Infinity },
          testId: 'pinned-card',
          corner: button({
            label: 'Unpin',
            icon: 'close',
            testId: 'pinned-close',
            press: () => page.dispatch({ type: 'togglePin', id: node.id }),
          }),
        });
        if (pinned !== null) {
          pinned.dataset['node'] = node.id;
          offerWhatIf(page, pinned, node.id);
        }
        return pinned;
      }),
    );
  };

  const drawCurrent = (state: PageState): void => {
    const { shown, hovered, view, theme } = state;
    const node = view.mode === 'table' && hovered !== null ? shown?.nodes.get(hovered) : undefined;
    if (node === undefined) return fill(current);
    const pin = button({
      label: view.pinned.includes(node.id) ? 'Unpin' : 'Pin',
      icon: 'pin',
      testId: 'pin',
      press: () => page.dispatch({ type: 'togglePin', id: node.id }),
    });
    const card = cardOf(node.id, state, {
      palette: PALETTES[theme.kind],
      rows: { first: Infinity, second: Infinity },
      testId: 'card',
      corner: pin,
    });
    fill(current, card);
    if (card !== null && !view.pinned.includes(node.id)) offerWhatIf(page, card, node.id); // a pinned card has it itself
  };

  /** Draws, and leaves the keyboard where it was or where it is wanted next. */
  const draw = (state: PageState, before: PageState | null, drawing: () => void): void => {
    const { activeElement } = document;
    const had = dock.contains(activeElement);
    const typing =
      had && activeElement instanceof HTMLTextAreaElement ? ([activeElement.selectionStart, activeElement.selectionEnd] as const) : null;
    drawing();
    if (!had || dock.contains(document.activeElement)) return;
    const [form, formBefore] = [state.patchForm, before?.patchForm ?? null];
    const next = form === null && formBefore === null ? null : focusAfterForm(dock, form, formBefore);
    (next ?? dock).focus({ preventScroll: true });
    if (next instanceof HTMLTextAreaElement) next.setSelectionRange(...(typing ?? [0, next.value.length]));
  };

  return {
    element: dock,
    update(state, before) {
      const changed = (...pick: ((s: PageState) => unknown)[]) => before === null || pick.some((part) => part(state) !== part(before));
      const both = changed(
        (s) => s.shown,
        (s) => s.theme,
        (s) => s.insights.memories,
        (s) => s.insights.neurons,
        (s) => s.patchForm?.card,
        (s) => s.patchForm?.component,
      );
      draw(state, before, () => {
        if (both || changed((s) => s.view.pinned)) drawPins(state);
        if (
          both ||
          changed(
            (s) => s.view,
            (s) => s.hovered,
          )
        )
          drawCurrent(state);
      });
      dock.hidden = state.shown === null || (pinnedNodes(state).length === 0 && state.view.mode === 'graph');
    },
  };
}

/** Puts what can be changed under the figures of a card, above its long lists. */
function offerWhatIf(page: Page, card: HTMLElement, id: string): void {
  const actions = whatIfActions(page, id);
  if (actions !== null) card.querySelector('.card-facts, .card-figures')?.after(actions);
}
