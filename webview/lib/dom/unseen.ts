import type { TemplateResult } from 'lit-html';
import { html } from './html';

/** Text for screen readers only. */
export function unseen(text: string): TemplateResult {
  return html`<span class="unseen">${text}</span>`;
}
