/** Cards that stay: the pinned ones, and next to the table the card of its current row. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { html } from '../../lib/dom/html';
import { PALETTES } from '../../lib/colour/palettes';
import { button } from '../../lib/controls/button';
import { element } from '../../lib/dom/element';
import type { Page, Part } from '../../state/page';
import type { PageState, PatchForm } from '../../state/page-state';
import { pinnedNodes } from '../../state/selectors';
import { nodeCard, type CardOf } from './node-card';
import { patchButtonOf, patchField, whatIf } from './what-if';

const ALL_ROWS = { first: Infinity, second: Infinity } as const;

/** What the cards are made from; while none of it changes they stand as they are. */
const INPUTS: readonly ((state: PageState) => unknown)[] = [
  ({ shown }) => shown,
  ({ theme }) => theme,
  ({ insights }) => insights.headMemory,
  ({ insights }) => insights.backwardLens,
  ({ insights }) => insights.measureEffects,
  ({ insights }) => insights.activeNeurons,
  ({ insights }) => insights.calibrate,
  // What is typed in the form is in its field already.
  ({ patchForm }) => patchForm?.card,
  ({ patchForm }) => patchForm?.component,
  ({ changeHere }) => changeHere,
  ({ view }) => view.pinned,
  ({ view }) => view.mode,
  ({ view, hovered }) => (view.mode === 'table' ? hovered : null),
];

export function createDock(page: Page, cardOf: CardOf = nodeCard): Part {
  const dock = element('aside', {
    class: 'dock',
    testId: 'dock',
    attributes: { 'aria-label': l10n.t('Cards'), tabindex: 0, hidden: true },
  });

  /** The card of the table's current row. */
  const current = (state: PageState): TemplateResult | null => {
    const { hovered, view } = state;
    if (view.mode !== 'table' || hovered === null) return null;
    const pinned = view.pinned.includes(hovered);
    return cardOf(hovered, state, {
      palette: PALETTES[state.theme.kind],
      rows: ALL_ROWS,
      copies: true,
      testId: 'card',
      corner: button({
        label: pinned ? l10n.t('Unpin') : l10n.t('Pin'),
        icon: 'pin',
        testId: 'pin',
        press: () => page.dispatch({ type: 'togglePin', id: hovered }),
      }),
      underTitle: pinned ? null : whatIf(page, hovered, state), // a pinned card has it itself
    });
  };
  const pinnedCard = (id: string, state: PageState): TemplateResult | null =>
    cardOf(id, state, {
      palette: PALETTES[state.theme.kind],
      rows: ALL_ROWS,
      copies: true,
      testId: 'pinned-card',
      nodeId: id,
      corner: button({
        label: l10n.t('Unpin'),
        icon: 'close',
        testId: 'pinned-close',
        press: () => page.dispatch({ type: 'togglePin', id }),
      }),
      underTitle: whatIf(page, id, state),
    });
  const cards = (state: PageState): TemplateResult => {
    const pinned = pinnedNodes(state).toReversed();
    const ofRow = current(state);
    const isEmpty = ofRow === null && pinned.length === 0;
    return html`<div class="dock-current" aria-live="polite">${ofRow}</div>
      <p class="dock-hint" ?hidden=${!isEmpty}>${l10n.t('Point at a row to see its card here.')}</p>
      <div class="dock-heading" ?hidden=${pinned.length === 0}>
        <span class="dock-count">${l10n.t`${pinned.length} pinned`}</span>
        ${button({ label: l10n.t('Unpin all'), testId: 'unpin-all', press: () => page.dispatch({ type: 'unpinAll' }) })}
      </div>
      <div class="dock-pins">
        ${repeat(
          pinned,
          ({ id }) => id,
          ({ id }) => pinnedCard(id, state),
        )}
      </div>`;
  };

  return {
    element: dock,
    update(state, before) {
      dock.hidden = state.shown === null || (pinnedNodes(state).length === 0 && state.view.mode === 'graph');
      if (before !== null && INPUTS.every((input) => input(state) === input(before))) return;
      const had = dock.contains(document.activeElement);
      render(state.shown === null ? nothing : cards(state), dock);
      if (had) moveFocus(dock, state.patchForm, before?.patchForm ?? null);
    },
  };
}

/** The keyboard goes to a form that has been opened; from what is gone, to what it belonged to. */
function moveFocus(dock: HTMLElement, form: PatchForm | null, before: PatchForm | null): void {
  const field = form === null || isSame(form, before) ? null : patchField(dock);
  if (field !== null) {
    field.focus({ preventScroll: true });
    field.select();
    // The whole form where there is room for it, its field in any case.
    field.closest('.what-if-form')?.scrollIntoView({ block: 'nearest' });
    field.scrollIntoView({ block: 'nearest' });
  } else if (!dock.contains(document.activeElement)) {
    const opener = before === null ? null : patchButtonOf(dock, before);
    (opener ?? dock).focus({ preventScroll: true });
  }
}

function isSame(form: PatchForm, other: PatchForm | null): boolean {
  return form.card === other?.card && form.component === other.component;
}
