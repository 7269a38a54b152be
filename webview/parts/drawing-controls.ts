/** Controls that every drawing has: by what it is coloured, and zoom. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import { html } from '../lib/dom/html';
import type { Drawing } from '../graph/drawing';
import { COLOUR_BY, SCALE_NAMES } from '../lib/colour/scales';
import { button } from '../lib/controls/button';
import { dropdown } from '../lib/controls/toolkit';
import { element } from '../lib/dom/element';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';

/** What nodes are coloured by. */
export function createColourBy(page: Page): Part {
  const choice = dropdown({
    label: l10n.t('Colour by'),
    testId: 'colour-by',
    choices: COLOUR_BY.map((by) => [by, SCALE_NAMES[by]] as const),
    choose: (colourBy) => page.dispatch({ type: 'view', change: { colourBy } }),
  });
  return {
    element: element('div', { class: 'control' }, element('span', { class: 'control-label', text: l10n.t('Colour by') }), choice.element),
    update: (state) => choice.show(state.view.colourBy),
  };
}

/** Draws everything that was computed, from left to right, or what has a row; where there is a drawing. */
export function circuitToggle(page: Page, { view }: PageState): TemplateResult {
  return html`<div class="modes circuit-toggle" ?hidden=${view.mode !== 'graph'}>
    <button
      class="mode"
      data-testid="whole-circuit"
      type="button"
      aria-pressed=${view.wholeCircuit}
      title=${l10n.t('Show the whole circuit: norms, queries, keys and rows of W_O too, from left to right')}
      @click=${() => page.dispatch({ type: 'view', change: { wholeCircuit: !view.wholeCircuit } })}
    >
      ${l10n.t('Whole circuit')}
    </button>
  </div>`;
}

/** Zoom buttons, where there is a drawing. */
export function zoomButtons(drawing: Pick<Drawing, 'fit' | 'zoom'>, { view }: PageState): TemplateResult {
  return html`<div class="control zoom" role="group" aria-label=${l10n.t('Zoom')} ?hidden=${view.mode !== 'graph'}>
    ${button({ label: l10n.t('Zoom out (−)'), icon: 'minus', testId: 'zoom-out', press: () => drawing.zoom(-1) })}
    ${button({ label: l10n.t('Zoom in (+)'), icon: 'plus', testId: 'zoom-in', press: () => drawing.zoom(1) })}
    ${button({ label: l10n.t('Fit the whole graph (F)'), icon: 'fit', testId: 'fit', press: () => drawing.fit() })}
  </div>`;
}

/** One of a few ways in which the same is shown. */
export interface ModeButton {
  readonly testId: string;
  readonly label: string;
  readonly pressed: boolean;
  readonly choose: () => void;
}

export function modeButtons(label: string, modes: readonly ModeButton[]): TemplateResult {
  return html`<div class="modes" role="group" aria-label=${label}>
    ${modes.map(
      (mode) =>
        html`<button class="mode" data-testid=${mode.testId} type="button" aria-pressed=${mode.pressed} @click=${mode.choose}>
          ${mode.label}
        </button>`,
    )}
  </div>`;
}
