/**
 * Why this token: the strongest causes in words, each with what is left of the prediction without it. Asked for when it is opened;
 * each is shown as soon as it has been checked, and whatever else is asked for meanwhile comes between two checks.
 */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { Cause, Explanation } from '#core/insight/explanation';
import { saturationNote } from '#core/present/effect-notes';
import { againstTitle, causeInWords, causeOffInWords, causeText, explanationText } from '#core/present/cause-words';
import type { StoryPhrase } from '#core/present/story-words';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { copyButton } from '../../lib/controls/copy-button';
import { element } from '../../lib/dom/element';
import { icon } from '../../lib/dom/icon';
import { waitingBox } from '../../parts/answer';
import { insightOf, type Asked } from '../../state/insight-state';
import type { Page, Part } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { CAUSES, causesSoFar, type CausesSoFar } from './causes-state';

/** Up to this many layers the map leaves room for the causes, and checking them takes no time to speak of. */
const SHALLOW = 16;

/** @param go shows the part of the model that a cause is */
export function createStoryCauses(page: Page, go: (of: NonNullable<StoryPhrase['of']>, position: number) => void): Part {
  const box = element('section', { class: 'story-causes', testId: 'story-causes' });
  const isOpen = ({ view, shown }: PageState): boolean => view.causesOpen ?? (shown !== null && shown.graph.model.nLayers <= SHALLOW);

  const causeOf = (cause: Cause, explanation: Explanation): TemplateResult => {
    const head = cause.heads[0]?.head;
    const of = head === undefined ? { layer: cause.layer, mlp: true } : { layer: cause.layer, head };
    return html`<li>
      <button class="story-cause" type="button" title=${l10n.t('Show in the flow graph')} @click=${() => go(of, cause.position)}>
        ${causeInWords(cause, explanation)}
      </button>
      ${' '}<b class="story-off">${causeOffInWords(cause, explanation)}</b> ${copyButton({ text: () => causeText(cause, explanation) })}
    </li>`;
  };
  const listOf = (explanation: Explanation): TemplateResult =>
    html`${explanation.effects.saturated ? html`<p class="insight-note">${saturationNote(explanation.effects)}</p>` : nothing}
      <ol data-testid="causes">
        ${repeat(
          explanation.causes,
          ({ components }) => components.join(' '),
          (cause) => causeOf(cause, explanation),
        )}
      </ol>
      ${
        explanation.against.length === 0
          ? nothing
          : html`<p class="story-against-title">${againstTitle(explanation)}</p>
              <ul data-testid="causes-against">
                ${repeat(
                  explanation.against,
                  ({ components }) => components.join(' '),
                  (cause) => causeOf(cause, explanation),
                )}
              </ul>`
      }`;

  const waiting = (soFar: CausesSoFar | null, asked: Asked<unknown>): TemplateResult => {
    if (soFar === null) return waitingBox(page, CAUSES, l10n.t('Looking for causes'), asked);
    const { next, done, found } = soFar;
    if (next === null) return html``;
    const name = l10n.t`Checking cause ${done + 1} of ${found.candidates.length}`;
    const progress = { message: name, done, total: found.candidates.length };
    return waitingBox(page, next.request, name, next.asked.kind === 'asked' ? { ...next.asked, progress } : next.asked);
  };

  return {
    element: box,
    update(state) {
      const open = isOpen(state);
      const asked = insightOf<'causes'>(state.insights, CAUSES);
      const soFar = causesSoFar(state.insights);
      const target = state.shown?.graph.target;
      const explanation = soFar !== null && soFar.done > 0 ? soFar.explanation : null;
      render(
        target === undefined || (!page.live && explanation === null)
          ? nothing
          : html`<div class="story-causes-head">
                <button
                  class="disclosure"
                  data-testid="causes-open"
                  type="button"
                  aria-expanded=${open}
                  @click=${() => page.dispatch({ type: 'view', change: { causesOpen: !open } })}
                >
                  ${icon('chevron')}${l10n.t`Why ‘${showToken(target)}’?`}
                </button>
                <span class="story-causes-note">${l10n.t('Each cause is checked by running the prompt without it.')}</span>
                ${
                  explanation === null || !open
                    ? nothing
                    : button({
                        label: l10n.t('Copy'),
                        testId: 'causes-copy',
                        press: () => void navigator.clipboard.writeText(explanationText(explanation)),
                      })
                }
              </div>
              ${open && explanation !== null ? listOf(explanation) : nothing} ${open ? waiting(soFar, asked) : nothing}`,
        box,
      );
      if (!page.live || !open || state.view.tab !== 'story' || state.shown === null || state.phase.kind !== 'idle') return;
      // The map comes first.
      if (insightOf<'story'>(state.insights, { of: 'story' }).kind !== 'here') return;
      if (asked.kind === 'absent') page.requestInsight(CAUSES);
      if (soFar?.next?.asked.kind === 'absent') page.requestInsight(soFar.next.request);
    },
  };
}
