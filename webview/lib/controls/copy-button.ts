/** A small button that puts a text on the clipboard, and shows that it has. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import { ifDefined } from 'lit-html/directives/if-defined.js';
import { html } from '../dom/html';
import { icon } from '../dom/icon';

/** How long the mark stays that tells of it, in milliseconds. */
const TOLD = 1500;

/** @param text is asked for when it is pressed */
export function copyButton({ text, testId }: { readonly text: () => string; readonly testId?: string }): TemplateResult {
  const copy = async ({ currentTarget }: Event): Promise<void> => {
    const button = currentTarget as HTMLElement;
    const copied = await navigator.clipboard.writeText(text()).then(
      () => true,
      () => false,
    );
    button.dataset.copied = copied ? l10n.t('Copied') : l10n.t('Could not be copied');
    setTimeout(() => delete button.dataset.copied, TOLD);
  };
  return html`<button
    class="copy-button"
    type="button"
    data-testid=${ifDefined(testId)}
    title=${l10n.t('Copy')}
    aria-label=${l10n.t('Copy')}
    @click=${copy}
  >
    ${icon('copy')}
  </button>`;
}
