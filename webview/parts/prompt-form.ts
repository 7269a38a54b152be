/** Types the prompt that the shown one is compared with: it begins as the shown one, so that one word is changed. */
import { button } from '../lib/controls/toolkit';
import { element } from '../lib/dom/element';
import type { PageState } from '../state/page-state';
import type { Page, Part } from '../state/page';

/** The prompt that is shown: in a comparison the right one, which the typed one replaces. */
function presentPrompt({ shown, compared }: PageState): string {
  return shown?.graph.prompt ?? compared?.comparison.right.prompt ?? '';
}

export function createPromptForm(page: Page): Part {
  const text = element('textarea', {
    class: 'prompt-text',
    testId: 'other-prompt',
    attributes: { rows: 2, spellcheck: 'false', 'aria-label': 'Prompt to compare with' },
  });
  const close = (): void => page.dispatch({ type: 'asking', asking: false });
  const submit = (): void => {
    if (text.value.trim() === '') return text.focus();
    page.post({ type: 'compareWith', text: text.value });
    close();
  };
  const form = element(
    'div',
    {
      class: 'prompt-form',
      testId: 'prompt-form',
      attributes: { role: 'group', 'aria-label': 'Compare with another prompt', hidden: true },
    },
    text,
    element(
      'div',
      { class: 'prompt-form-actions' },
      button({ label: 'Compare', look: 'primary', testId: 'compare-prompts', press: submit }),
      button({ label: 'Close', testId: 'compare-close', press: close }),
      element('span', { class: 'prompt-form-hint', text: 'Enter compares, Shift+Enter begins a line' }),
    ),
  );
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  return {
    element: form,
    update(state, before) {
      form.hidden = !state.asking;
      if (!state.asking || before?.asking === true) return;
      text.value = presentPrompt(state);
      text.focus();
      text.select();
    },
  };
}
