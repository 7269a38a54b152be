/** What a read is, in a few lines beside it. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { Story, StoryHead } from '#core/insight/story';
import { hopInWords, hopTitle } from '#core/present/cause-words';
import type { StoryDot } from '#core/present/story-dots';
import type { StoryItem } from '#core/present/story-layout';
import type { StoryLine } from '#core/present/story-lines';
import { tokenInWords } from '#core/present/token-words';
import { headsOf, headsOfHop } from '#core/insight/read-heads';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { formatProbability, formatSigned } from '../../lib/format/number';

/** Tokens of what is written. */
const WRITTEN = 3;

/** A read in words: "Layer 23 head 4 reads ‘·Japan’". */
export function readTitle(story: Story, { read }: StoryDot): string {
  const heads = headsOf(read).map(({ head }) => String(head));
  const source = tokenInWords(story.tokens, read.source);
  return heads.length === 1
    ? l10n.t`Layer ${read.layer} head ${heads.join(', ')} reads ${source}`
    : l10n.t`Layer ${read.layer} heads ${heads.join(', ')} read ${source}`;
}

/** What is said of a read, also to screen readers. */
export function readText(story: Story, dot: StoryDot): string {
  const { writes, share } = dot.read;
  const written = writes?.slice(0, WRITTEN).map(showToken).join(', ');
  const title = readTitle(story, dot);
  const figure = formatSigned(share);
  if (story.by === 'effect')
    return written === undefined
      ? l10n.t`${title}. Estimated effect ${figure}.`
      : l10n.t`${title}. Written: ${written}. Estimated effect ${figure}.`;
  return written === undefined ? l10n.t`${title}. Share ${figure}.` : l10n.t`${title}. Written: ${written}. Share ${figure}.`;
}

/** The same of a read or a hop. */
export function itemText(story: Story, item: StoryItem): string {
  return 'read' in item ? readText(story, item) : hopInWords(item.hop, story);
}

/** The card of a read or a hop. */
export function storyCard(story: Story, item: StoryItem): TemplateResult {
  return 'read' in item ? readCard(story, item) : hopCard(story, item);
}

function hopCard(story: Story, { hop }: StoryLine): TemplateResult {
  return html`<div class="story-card-title">${hopTitle(hop, story)}</div>
    <div class="story-card-note">${l10n.t('passed on to a later read')}</div>
    <div class="story-card-figures">
      <span>${l10n.t('estimated effect')}${' '}<b>${formatSigned(hop.effect)}</b></span>
      <span>${l10n.t('attention')}${' '}${headsOfHop(hop).map(attentionOf)}</span>
    </div>`;
}

function readCard(story: Story, dot: StoryDot): TemplateResult {
  const { read } = dot;
  return html`<div class="story-card-title">${readTitle(story, dot)}</div>
    ${
      read.writes === undefined
        ? html`<div class="story-card-note">${l10n.t('too small to be read as tokens')}</div>`
        : html`<div class="story-card-tokens">
            ${read.writes.slice(0, WRITTEN).map((token) => html`<span class="token-text">${showToken(token)}</span>`)}
          </div>`
    }
    <div class="story-card-figures">
      <span>${story.by === 'effect' ? l10n.t('estimated effect') : l10n.t('share')}${' '}<b>${formatSigned(read.share)}</b></span>
      <span>${l10n.t('attention')}${' '}${headsOf(read).map(attentionOf)}</span>
    </div>`;
}

function attentionOf({ head, attention }: Pick<StoryHead, 'head' | 'attention'>, i: number): string {
  return `${i === 0 ? '' : ', '}h${head} ${formatProbability(attention)}`;
}
