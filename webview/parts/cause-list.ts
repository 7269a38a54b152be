/**
 * Causes in words, each with what has been measured of it. Asked for when the list is opened; each is shown as soon as it has been
 * checked, and whatever else is asked for meanwhile comes between two checks.
 */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { InsightName, InsightRequest } from '#core/protocol/insight';
import { button } from '../lib/controls/button';
import { copyButton } from '../lib/controls/copy-button';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import { icon } from '../lib/dom/icon';
import { insightOf, type Asked, type Insights } from '../state/insight-state';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import { seenInsight } from '../state/selectors';
import { waitingBox } from './answer';

/** A cause that has been checked. */
export interface CauseLine {
  /** the same while the line is about the same cause */
  readonly key: string;
  readonly text: string;
  /** what the check has found */
  readonly found: string;
  /** Both as they are copied. */
  readonly copied: () => string;
  /** Shows the part of the model that it is; absent where it cannot be shown. */
  readonly go?: () => void;
}

/** What has been checked so far. */
export interface CheckedCauses {
  /** in their order; those that have not been checked are missing */
  readonly lines: readonly CauseLine[];
  /** those that speak against what the others speak for */
  readonly against?: { readonly title: string; readonly lines: readonly CauseLine[] };
  /** All of them as text. */
  readonly text: () => string;
  /** what is to be known before they are trusted, or why there are none */
  readonly note: string | null;
  readonly done: number;
  readonly total: number;
  /** the first candidate that has not been checked, and what has become of the question; null: all have been */
  readonly next: { readonly request: InsightRequest; readonly asked: Asked<unknown> } | null;
}

/** What a list is of. */
export interface CauseListOptions {
  /** asks for the candidates */
  readonly candidates: InsightRequest;
  /** the insight that the list belongs to, which is drawn first */
  readonly of: InsightName;
  /** its heading, and how causes are checked; null: nothing is shown that could have causes */
  readonly title: (state: PageState) => { readonly text: string; readonly note: string } | null;
  /** null: there are no candidates yet */
  readonly soFar: (insights: Insights) => CheckedCauses | null;
}

/** Up to this many layers the map leaves room for the causes, and checking them takes no time to speak of. */
const SHALLOW = 16;

/** Whether causes are listed: as the user has chosen, else where there is room. */
function isOpen({ view, shown, compared }: PageState): boolean {
  const graph = shown?.graph ?? compared?.comparison.left;
  return view.causesOpen ?? (graph !== undefined && graph.model.nLayers <= SHALLOW);
}

export function createCauseList(page: Page, { candidates, of, title, soFar }: CauseListOptions): Part {
  const box = element('section', { class: 'story-causes', testId: 'story-causes' });

  const linesOf = (lines: readonly CauseLine[]): unknown =>
    repeat(
      lines,
      ({ key }) => key,
      ({ text, found, copied, go }) =>
        html`<li>
          ${
            go === undefined
              ? html`<span class="story-cause">${text}</span>`
              : html`<button class="story-cause" type="button" title=${l10n.t('Show in the flow graph')} @click=${go}>${text}</button>`
          }
          ${' '}<b class="story-off">${found}</b> ${copyButton({ text: copied })}
        </li>`,
    );
  const listOf = ({ lines, against, note }: CheckedCauses): TemplateResult =>
    html`${note === null ? nothing : html`<p class="insight-note">${note}</p>`}
      <ol data-testid="causes">
        ${linesOf(lines)}
      </ol>
      ${
        against === undefined
          ? nothing
          : html`<p class="story-against-title">${against.title}</p>
              <ul data-testid="causes-against">
                ${linesOf(against.lines)}
              </ul>`
      }`;

  const waiting = (known: CheckedCauses | null, asked: Asked<unknown>): TemplateResult => {
    if (known === null) return waitingBox(page, candidates, l10n.t('Looking for causes'), asked);
    const { next, done, total } = known;
    if (next === null) return html``;
    const name = l10n.t`Checking cause ${done + 1} of ${total}`;
    return waitingBox(
      page,
      next.request,
      name,
      next.asked.kind === 'asked' ? { ...next.asked, progress: { message: name, done, total } } : next.asked,
    );
  };

  return {
    element: box,
    update(state) {
      const open = isOpen(state);
      const asked = insightOf(state.insights, candidates) as Asked<unknown>;
      const known = soFar(state.insights);
      const heading = title(state);
      const isListed = known !== null && (known.done > 0 || known.note !== null);
      render(
        heading === null || (!page.live && !isListed)
          ? nothing
          : html`<div class="story-causes-head">
                <button
                  class="disclosure"
                  data-testid="causes-open"
                  type="button"
                  aria-expanded=${open}
                  @click=${() => page.dispatch({ type: 'view', change: { causesOpen: !open } })}
                >
                  ${icon('chevron')}${heading.text}
                </button>
                <span class="story-causes-note" title=${heading.note}>${heading.note}</span>
                ${
                  known === null || known.done === 0 || !open
                    ? nothing
                    : button({
                        label: l10n.t('Copy'),
                        testId: 'causes-copy',
                        press: () => void navigator.clipboard.writeText(known.text()),
                      })
                }
              </div>
              ${open && isListed ? listOf(known) : nothing} ${open ? waiting(known, asked) : nothing}`,
        box,
      );
      if (!page.live || !open || seenInsight(state) !== of || state.phase.kind !== 'idle') return;
      // The map comes first.
      if (insightOf(state.insights, { of } as InsightRequest<'story'>).kind !== 'here') return;
      if (asked.kind === 'absent') page.requestInsight(candidates);
      if (known?.next?.asked.kind === 'absent') page.requestInsight(known.next.request);
    },
  };
}
