/** Under the map of a story: how much of it is drawn, and of what it is. */
import * as l10n from '@vscode/l10n';
import { render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import type { Page } from '../state/page';
import type { PageState } from '../state/page-state';

/** See the head of this file. */
export interface StoryFooter {
  readonly element: HTMLElement;
  show(state: PageState): void;
}

/** @param aside is at its right end */
export function createStoryFooter(page: Page, ...aside: readonly HTMLElement[]): StoryFooter {
  const control = element('label', {
    class: 'control',
    attributes: { title: l10n.t('Reads are drawn strongest first, until they reach this part of all that is read, for and against') },
  });
  const footer = element('div', { class: 'story-footer', testId: 'story-footer' }, control, ...aside);
  const keep = ({ currentTarget }: Event): void =>
    page.dispatch({ type: 'view', change: { storyKept: Number((currentTarget as HTMLInputElement).value) / 100 } });
  return {
    element: footer,
    show({ view }) {
      const percent = Math.round(view.storyKept * 100);
      const [figure, of] = l10n.t('{0} of what is read').split('{0}');
      render(
        html`<span class="control-label">${l10n.t('Shown')}</span>
          <input
            data-testid="story-kept"
            type="range"
            min="10"
            max="95"
            step="5"
            aria-label=${l10n.t('Show the reads that account for this part of what is read, in percent')}
            .value=${live(String(percent))}
            @input=${keep}
          />
          <span class="story-kept"
            ><span class="story-kept-of">${figure}</span>${l10n.t`${percent} %`}<span class="story-kept-of">${of}</span></span
          >`,
        control,
      );
    },
  };
}
