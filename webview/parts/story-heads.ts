/** Above the map of a story: what its columns are, and what its colours mean. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import type { StoryLayout } from '#core/present/story-layout';
import type { AnyRead } from '#core/present/mapped-story';
import { PALETTES } from '../lib/colour/palettes';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import type { Theme } from '../lib/theme/theme';

/** What the colours of a map mean. */
export interface StoryKey {
  /** dots, and squares */
  readonly up: string;
  readonly down: string;
  /** hops are drawn, or may be */
  readonly hops: boolean;
}

/** See the head of this file. */
export interface StoryHeads {
  readonly element: HTMLElement;
  /** @param layout the map below them */
  show(theme: Theme, key: StoryKey, layout: StoryLayout<AnyRead>): void;
}

export function createStoryHeads(): StoryHeads {
  const heads = element('div', { class: 'story-heads', testId: 'story-heads' });
  return {
    element: heads,
    show({ kind }, { up, down, hops }, { width, stream, bars }) {
      const { families } = PALETTES[kind];
      heads.style.setProperty('--story-attention', families.attention);
      heads.style.setProperty('--story-mlp', families.feedForward);
      heads.style.gridTemplateColumns = `${stream.left}px ${bars.left - stream.left}px ${width - bars.left}px`;
      render(
        html`<span
            class="story-key of-reads"
            title=${l10n.t('Each dot is a token of the prompt that a layer’s heads read: the larger, the more it adds')}
            ><span><i class="story-for"></i>${up}</span> <span><i class="story-against"></i>${down}</span> ${
              hops
                ? html`<span title=${l10n.t('An earlier layer read something at this token and passed it on. Sizes are estimated effects')}
                    ><i class="story-hop"></i>${l10n.t('earlier read')}</span
                  >`
                : nothing
            }</span
          >
          <span class="story-key" title=${l10n.t('What the model would say next if it ended after that layer')}
            >${l10n.t('top token')}</span
          >
          <span class="story-key of-bars" title=${l10n.t('What attention and the feed-forward layer (MLP) of each layer add')}
            ><span><i class="story-attention"></i>${l10n.t('attn')}</span> <span><i class="story-mlp"></i>${l10n.t('MLP')}</span></span
          >`,
        heads,
      );
    },
  };
}
