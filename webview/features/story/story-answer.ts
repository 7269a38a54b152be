/** What the model predicts, what else it might have said, and in a sentence what happened. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { Story } from '#core/insight/story';
import { storyNotes, storySentences, storyText, type StoryPhrase } from '#core/present/story-words';
import { copyButton } from '../../lib/controls/copy-button';
import { html } from '../../lib/dom/html';
import { element } from '../../lib/dom/element';
import { answerLine } from '../../parts/answer-line';
import { answerText } from '../../picture/answer-text';
import type { Page } from '../../state/page';

/** Runners-up that are named. */
const RUNNERS_UP = 4;

/** See the head of this file. */
export interface StoryAnswer {
  readonly element: HTMLElement;
  show(story: Story | null): void;
}

/** Whether the flow graph of a layer, at a position if it is not the one under study, can be shown from here. */
export type CanGo = (layer: number, position?: number) => boolean;

/**
 * @param go shows the part of the model that a phrase names
 * @param canGo what cannot be shown is plain text
 * @param aside what else can be done with the answer, at its right end
 */
export function createStoryAnswer(
  page: Page,
  go: (of: NonNullable<StoryPhrase['of']>) => void,
  canGo: CanGo,
  ...aside: readonly HTMLElement[]
): StoryAnswer {
  const box = element('div', { class: 'story-answer', testId: 'story-answer' });
  const choose = (text: string): void => page.ask({ target: text });
  const phrase = ({ text, of }: StoryPhrase): TemplateResult =>
    of === undefined || !canGo(of.layer)
      ? html`${text}`
      : html`<button class="story-link" type="button" @click=${() => go(of)}>${text}</button>`;
  const answer = (story: Story): TemplateResult => {
    return html`<div class="story-top">
        <div class="story-line">
          ${answerLine(story, { runnersUp: RUNNERS_UP, settled: page.live ? null : l10n.t('This file does not contain it.'), choose })}
        </div>
        ${copyButton({ text: () => copied(story), testId: 'story-copy' })}${aside}
      </div>
      <p class="story-sentence" data-testid="story-sentence">${storySentences(story).map(phrase)}</p>`;
  };
  return { element: box, show: (story) => render(story === null ? nothing : answer(story), box) };
}

/** A story as it is copied: the prompt, the answer, what happened, and what one should know of it. */
function copied(story: Story): string {
  return [story.prompt, answerText(story, RUNNERS_UP), storyText(story), ...storyNotes(story)].join('\n');
}
