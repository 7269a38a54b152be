import { html, type TemplateResult } from 'lit-html';

/** Text for screen readers only. */
export function unseen(text: string): TemplateResult {
  return html`<span class="unseen">${text}</span>`;
}
