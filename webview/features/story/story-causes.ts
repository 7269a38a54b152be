/** Why this token: the strongest causes in words, each with what is left of the prediction without it. Asked for when it is opened. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { Cause, Explanation } from '#core/insight/explanation';
import { saturationNote } from '#core/present/effect-notes';
import { causeInWords, causeOffInWords, explanationText } from '#core/present/cause-words';
import type { StoryPhrase } from '#core/present/story-words';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { element } from '../../lib/dom/element';
import { icon } from '../../lib/dom/icon';
import { waitingBox } from '../../parts/answer';
import { insightOf } from '../../state/insight-state';
import type { Page, Part } from '../../state/page';
import type { PageState } from '../../state/page-state';

const EXPLAIN = { of: 'explain' } as const;

/** Up to this many layers the map leaves room for the causes, and checking them takes no time to speak of. */
const SHALLOW = 16;

/** @param go shows the part of the model that a cause is */
export function createStoryCauses(page: Page, go: (of: NonNullable<StoryPhrase['of']>, position: number) => void): Part {
  const box = element('section', { class: 'story-causes', testId: 'story-causes' });
  const isOpen = ({ view, shown }: PageState): boolean => view.causesOpen ?? (shown !== null && shown.graph.model.nLayers <= SHALLOW);

  const causeOf = (cause: Cause, explanation: Explanation): TemplateResult => {
    const head = cause.heads[0]?.head;
    const of = cause.kind === 'mlp' || head === undefined ? { layer: cause.layer, mlp: true } : { layer: cause.layer, head };
    return html`<li>
      <button class="story-cause" type="button" title=${l10n.t('Show in the flow graph')} @click=${() => go(of, cause.position)}>
        ${causeInWords(cause, explanation)}
      </button>
      ${' '}<b class="story-off">${causeOffInWords(cause, explanation)}</b>
    </li>`;
  };
  const listOf = (explanation: Explanation): TemplateResult =>
    html`${explanation.effects.saturated ? html`<p class="insight-note">${saturationNote(explanation.effects)}</p>` : nothing}
      <ol data-testid="causes">
        ${explanation.causes.map((cause) => causeOf(cause, explanation))}
      </ol>`;

  return {
    element: box,
    update(state) {
      const open = isOpen(state);
      const asked = insightOf<'explain'>(state.insights, EXPLAIN);
      const target = state.shown?.graph.target;
      const found = asked.kind === 'here' ? asked.value : null;
      render(
        target === undefined || (!page.live && found === null)
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
                  found === null || !open
                    ? nothing
                    : button({
                        label: l10n.t('Copy'),
                        testId: 'causes-copy',
                        press: () => void navigator.clipboard.writeText(explanationText(found)),
                      })
                }
              </div>
              ${open ? waitingBox(page, EXPLAIN, l10n.t('Checking causes'), asked) : nothing}
              ${open && found !== null ? listOf(found) : nothing}`,
        box,
      );
      const { live } = page;
      if (live && open && state.view.tab === 'story' && state.shown !== null && state.phase.kind === 'idle' && asked.kind === 'absent') {
        // The map comes first.
        if (insightOf<'story'>(state.insights, { of: 'story' }).kind === 'here') page.requestInsight(EXPLAIN);
      }
    },
  };
}
