/** Types the prompt that the shown one is compared with: it begins as the shown one, so that one word is changed. */
import * as l10n from '@vscode/l10n';
import { render, type TemplateResult } from 'lit-html';
import { html } from '../lib/dom/html';
import { button } from '../lib/controls/button';
import { element } from '../lib/dom/element';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';

/** The prompt that is shown: in a comparison the right one, which the typed one replaces. */
function presentPrompt({ shown, compared }: PageState): string {
  return shown?.graph.prompt ?? compared?.comparison.right.prompt ?? '';
}

export function createPromptForm(page: Page): Part {
  const form = element('div', {
    class: 'prompt-form',
    testId: 'prompt-form',
    attributes: { role: 'group', 'aria-label': l10n.t('Compare with another prompt'), hidden: true },
  });
  const field = (): HTMLTextAreaElement | null => form.querySelector('textarea');
  const close = (): void => page.dispatch({ type: 'asking', asking: false });
  const submit = (): void => {
    const text = field()?.value ?? '';
    if (text === '') return field()?.focus();
    page.post({ type: 'compareWith', text });
    close();
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') close();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  const formOf = (): TemplateResult => html`
    <textarea
      class="prompt-text"
      data-testid="other-prompt"
      rows="2"
      spellcheck="false"
      aria-label=${l10n.t('Prompt to compare with')}
      @keydown=${pressed}
    ></textarea>
    <div class="prompt-form-actions">
      ${button({ label: l10n.t('Compare'), look: 'primary', testId: 'compare-prompts', press: submit })}
      ${button({ label: l10n.t('Close'), testId: 'compare-close', press: close })}
      <span class="prompt-form-hint">${l10n.t('Enter to compare, Shift+Enter for a new line')}</span>
    </div>
  `;
  render(formOf(), form);
  return {
    element: form,
    update(state, before) {
      form.hidden = !state.asking;
      const text = field();
      if (!state.asking || before?.asking === true || text === null) return;
      text.value = presentPrompt(state);
      text.focus();
      text.select();
    },
  };
}
