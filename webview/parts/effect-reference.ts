/** What effects are against: which value takes a component's place. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import type { Reference } from '#core/format/effects';
import { effectMeaning, referenceInWords, SWITCHED_OFF } from '#core/present/effect-words';
import { html } from '../lib/dom/html';
import { dropdown } from '../lib/controls/toolkit';
import { referenceOf } from '../state/effects';
import type { Page } from '../state/page';
import type { PageState } from '../state/page-state';

/** A control that is rendered with its row. */
export interface ReferenceControl {
  template(state: PageState): TemplateResult;
  /** Shows what is chosen, once the control is in its row. */
  show(state: PageState): void;
}

export function createEffectReference(page: Page): ReferenceControl {
  const choose = (baseline: Reference['baseline']): void => {
    if (baseline === 'zero') return page.ask({ baseline: { baseline } });
    page.post({ type: 'chooseBaseline', baseline });
    show(page.state()); // until prompts have been chosen, it is what it was
  };
  const choice = dropdown<Reference['baseline']>({
    label: l10n.t('What effects are compared with'),
    testId: 'effect-reference',
    choices: [
      ['zero', l10n.t('Switched off')],
      ['twin', l10n.t('As on another prompt…')],
      ['mean', l10n.t('Mean over prompts…')],
    ],
    choose,
  });
  const chosen = ({ request }: PageState): Reference['baseline'] => request?.baseline.baseline ?? 'zero';
  const show = (state: PageState): void => choice.show(chosen(state));
  return {
    template(state) {
      const { shown } = state;
      const reference = shown === null ? SWITCHED_OFF : referenceOf(shown);
      const { baseline } = reference;
      const again =
        baseline === 'zero'
          ? nothing
          : html`<button
              class="link effect-reference"
              data-testid="choose-reference"
              type="button"
              title=${l10n.t`${referenceInWords(reference)}: choose other prompts`}
              @click=${() => page.post({ type: 'chooseBaseline', baseline })}
            >
              ${referenceInWords(reference)}
            </button>`;
      return html`<div class="control" title=${shown === null ? nothing : effectMeaning(shown.graph, reference)}>
        <span class="control-label">${l10n.t('Effects against')}</span>${choice.element}${again}
      </div>`;
    },
    show,
  };
}
