/** The line of a card in the place of its tokens until these have been read. */
import type { TemplateResult } from 'lit-html';
import type { FlowNode } from '#core/format/flow-graph';
import { unreadNote } from '#core/present/unread-words';
import { html } from '../../lib/dom/html';

/** Null: it has been read, or has nothing to read. */
export function unreadLine(node: FlowNode): TemplateResult | null {
  const note = unreadNote(node);
  return note === undefined ? null : html`<p class="card-unread" data-testid="card-unread">${note}</p>`;
}
