/** What is drawn, alone: measured when it is asked for, for the reads that are drawn then. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { headsBehind } from '#core/insight/heads-alone';
import type { Story } from '#core/insight/story';
import { headsAloneInWords } from '#core/present/alone-words';
import type { StoryLayout } from '#core/present/story-layout';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { waitingBox } from '../../parts/answer';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';
import { areBeingChecked } from './causes-state';

/** A button, what is waited for, or the sentence. */
export function storyAlone(page: Page, story: Story, { dots }: StoryLayout): TemplateResult | typeof nothing {
  const heads = headsBehind(dots.map(({ read }) => read));
  if (heads.length === 0) return nothing;
  const request = { of: 'headsAlone', components: heads.join(' ') } as const;
  const asked = insightOf<'headsAlone'>(page.state().insights, request);
  if (asked.kind === 'here') {
    return html`<p class="story-notes" data-testid="story-alone-says">
      ${headsAloneInWords(asked.value, story, dots.length, asked.file)}
    </p>`;
  }
  if (asked.kind !== 'absent') return waitingBox(page, request, l10n.t('Running the prompt with what is drawn alone'), asked);
  // The list of causes above it grows until all are checked: a button that moves is easily missed.
  if (!page.live || areBeingChecked(page.state().insights)) return nothing;
  return html`<div class="story-alone">
    ${button({
      label: l10n.t('Run with These Reads Alone'),
      testId: 'story-alone',
      press: () => page.requestInsight(request),
    })}
    <span class="story-causes-note"
      >${l10n.t('Runs the prompt with only the heads that make these reads. All others are set to their mean over the prompts of its file, or over VISIT’s examples.')}</span
    >
  </div>`;
}
