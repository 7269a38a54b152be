/** What both passes predict, what else they might have said, and in words what parts them. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { Side } from '#core/format/comparison';
import type { StoryDifference } from '#core/insight/story-difference';
import { differenceSentences, storyDifferenceText } from '#core/present/difference-words';
import { isWhatIf, sideWords } from '#core/present/side-words';
import type { StoryPhrase } from '#core/present/story-words';
import { showPrompt } from '#core/text/token-text';
import { copyButton } from '../../../lib/controls/copy-button';
import { element } from '../../../lib/dom/element';
import { html } from '../../../lib/dom/html';
import { answerLine } from '../../../parts/answer-line';
import type { Page } from '../../../state/page';
import { otherSide, SIDES } from '../../../state/shown-comparison';

/** Runners-up that are named. */
const RUNNERS_UP = 3;

/** See the head of this file. */
export interface DifferenceAnswer {
  readonly element: HTMLElement;
  show(story: StoryDifference): void;
}

/** @param pages the page as each side sees it @param go shows the part of the model that a phrase names @param causes what is known of them, as text */
export function createDifferenceAnswer(
  pages: Readonly<Record<Side, Page>>,
  go: (of: NonNullable<StoryPhrase['of']>) => void,
  causes: () => string | null,
): DifferenceAnswer {
  const box = element('div', { class: 'story-answer difference-answer', testId: 'difference-answer' });
  const phrase = ({ text, of }: StoryPhrase): TemplateResult =>
    of === undefined ? html`${text}` : html`<button class="story-link" type="button" @click=${() => go(of)}>${text}</button>`;

  const sideOf = (story: StoryDifference, side: Side): TemplateResult => {
    const { prompt } = story[side];
    const given =
      pages[side].state().compareRequest?.targets === otherSide(side) ? l10n.t('Both sides are asked for the other side’s target') : null;
    const isSaid = side === 'left' || !isWhatIf(story); // one prompt is said once
    return html`<div class="difference-side story-line of-${side}" data-testid="difference-${side}">
      <span class="side-badge">${sideWords(story)[side].name}</span>
      ${answerLine(story[side], { runnersUp: RUNNERS_UP, settled: given, choose: (text) => pages[side].ask({ target: text }) })}
      ${isSaid ? html`<span class="difference-prompt" title=${prompt}>${showPrompt(prompt)}</span>` : nothing}
    </div>`;
  };

  return {
    element: box,
    show: (story) =>
      render(
        html`${SIDES.map((side) => sideOf(story, side))}
          <p class="story-sentence" data-testid="story-sentence">
            ${differenceSentences(story).map(phrase)}${' '}${copyButton({ text: () => storyDifferenceText(story, causes()), testId: 'story-copy' })}
          </p>`,
        box,
      ),
  };
}
