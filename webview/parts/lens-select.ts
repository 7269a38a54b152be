/** Beside the tabs: what vectors are read through, for all views at once. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { LOGIT_LENS } from '#core/format/lens-worth';
import { lensTitle, lensTitleAmong } from '#core/present/lens-words';
import { html } from '../lib/dom/html';
import { element } from '../lib/dom/element';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';

/** The names of all lenses of the model, the logit lens first. */
export function lensNames({ lenses }: Pick<PageState, 'lenses'>): readonly string[] {
  return [LOGIT_LENS, ...(lenses?.listing.lenses.map(({ name }) => name) ?? [])];
}

export function createLensSelect(page: Page): Part {
  const bar = element('div', { class: 'lens-select', testId: 'lens' });
  const choose = (event: Event): void => {
    const { value } = event.target as HTMLSelectElement;
    page.post({ type: 'chooseLens', lens: value });
  };
  const select = (state: PageState, chosen: string): TemplateResult => {
    const names = lensNames(state);
    // A lens that is gone stays what is asked for until another is chosen.
    const offered = names.includes(chosen) ? names : [...names, chosen];
    return html`<label title=${l10n.t('How vectors are read as tokens. Shares, effects and sums do not depend on it.')}
      ><span class="control-label">${l10n.t('Lens')}</span>
      <select data-testid="lens-select" .value=${live(chosen)} @change=${choose}>
        ${offered.map((name) => html`<option value=${name} ?selected=${name === chosen}>${lensTitleAmong(name, offered)}</option>`)}
      </select></label
    >`;
  };
  return {
    element: bar,
    update(state) {
      const { lenses, shown, compared } = state;
      const model = (shown?.graph ?? compared?.comparison.left)?.model;
      const none = page.live ? lenses === null : model?.lens === undefined;
      bar.hidden = none;
      if (none) return render(nothing, bar);
      render(
        page.live ? select(state, lenses?.chosen ?? LOGIT_LENS) : l10n.t('Lens: {0}', lensTitle(model?.lens?.name ?? LOGIT_LENS)),
        bar,
      );
    },
  };
}
