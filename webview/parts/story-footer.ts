/** Under the map of a story: how much of it is drawn, and what its colours mean. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { PALETTES } from '../lib/colour/palettes';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import type { Page } from '../state/page';
import type { PageState } from '../state/page-state';

/** What the colours of a map mean. */
export interface StoryKey {
  /** dots, and squares */
  readonly up: string;
  readonly down: string;
  /** hops are drawn, or may be */
  readonly hops: boolean;
}

/** See the head of this file. */
export interface StoryFooter {
  readonly element: HTMLElement;
  show(state: PageState, key: StoryKey): void;
}

export function createStoryFooter(page: Page): StoryFooter {
  const footer = element('div', { class: 'story-footer', testId: 'story-footer' });
  const keep = ({ currentTarget }: Event): void =>
    page.dispatch({ type: 'view', change: { storyKept: Number((currentTarget as HTMLInputElement).value) / 100 } });
  return {
    element: footer,
    show({ view, theme }, { up, down, hops }) {
      const percent = Math.round(view.storyKept * 100);
      const { families } = PALETTES[theme.kind];
      footer.style.setProperty('--story-attention', families.attention);
      footer.style.setProperty('--story-mlp', families.feedForward);
      render(
        html`<label
            class="control"
            title=${l10n.t('Reads are drawn strongest first, until they reach this part of all that is read, for and against')}
          >
            <span class="control-label">${l10n.t('Shown')}</span>
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
            <span class="story-kept">${l10n.t`${percent} % of what is read`}</span>
          </label>
          <span class="story-key"><span class="story-for"></span>${up}<span class="story-against"></span>${down}</span>
          ${
            hops
              ? html`<span
                  class="story-key"
                  title=${l10n.t('What is read was brought to that token by what earlier layers read there; estimated effects')}
                  ><span class="story-hop"></span>${l10n.t('brought there')}</span
                >`
              : nothing
          }
          <span class="story-key"
            ><span class="story-attention"></span>${l10n.t('attention')}<span class="story-mlp"></span>${l10n.t('feed-forward')}</span
          >`,
        footer,
      );
    },
  };
}
