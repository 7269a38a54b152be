/** How far something has come. */
import { nothing, type TemplateResult } from 'lit-html';
import type { Progress } from '#core/call-context';
import { html } from '../lib/dom/html';

/** @param name what is under way, for screen readers. @param progress null, or without a total: nobody knows how far */
export function progressBar(name: string, progress: Progress | null): TemplateResult {
  const part = progress?.total ? Math.min(1, progress.done / progress.total) : null;
  return html`<div
    class=${part === null ? 'progress-bar unknown' : 'progress-bar'}
    role="progressbar"
    aria-label=${name}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${part === null ? nothing : Math.round(part * 100)}
  >
    <div class="progress-fill" .style=${part === null ? '' : `width: ${part * 100}%`}></div>
  </div>`;
}
