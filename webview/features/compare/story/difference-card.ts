/** What a read is on both sides, in a few lines beside it. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import { headsOf } from '#core/insight/read-heads';
import type { DifferenceRead, StoryDifference } from '#core/insight/story-difference';
import { readInWords } from '#core/present/difference-words';
import { capitalised } from '#core/present/figures-in-words';
import { sideWords } from '#core/present/side-words';
import type { StoryItem } from '#core/present/story-layout';
import { showToken } from '#core/text/token-text';
import { formatProbability, formatSigned } from '../../../lib/format/number';
import { html } from '../../../lib/dom/html';
import { SIDES } from '../../../state/shown-comparison';

/** Tokens of what is written. */
const WRITTEN = 3;

type Item = StoryItem<DifferenceRead>;

/** A read as text, also for screen readers; empty for a hop, which a difference has not. */
export function differenceReadText(story: StoryDifference, item: Item): string {
  if (!('read' in item)) return '';
  const { read } = item;
  const words = sideWords(story);
  const sides = SIDES.map((side) => {
    const share = read.shares[side];
    const written = read.writes?.[side].slice(0, WRITTEN).map(showToken).join(', ');
    if (share === null) return l10n.t`${words[side].name}: not read`;
    return written === undefined || written === ''
      ? l10n.t`${words[side].name}: share ${formatSigned(share)}`
      : l10n.t`${words[side].name}: writes ${written}, share ${formatSigned(share)}`;
  });
  return l10n.t`${titleOf(story, read)}. Change ${formatSigned(read.share)}. ${sides.join('; ')}.`;
}

/** The card of a read. */
export function differenceCard(story: StoryDifference, item: Item): TemplateResult {
  if (!('read' in item)) return html``;
  const { read } = item;
  const words = sideWords(story);
  return html`<div class="story-card-title">${titleOf(story, read)}</div>
    <table class="difference-card">
      <tbody>
        ${SIDES.map((side) => {
          const share = read.shares[side];
          return html`<tr>
            <th scope="row"><span class="side-badge of-${side}">${words[side].name}</span></th>
            <td class="story-card-tokens">
              ${read.writes?.[side].slice(0, WRITTEN).map((token) => html`<span class="token-text">${showToken(token)}</span>`)}
            </td>
            <td class="difference-figure">${share === null ? l10n.t('not read') : formatSigned(share)}</td>
            <td class="story-card-figures">${share === null ? '' : attentionOf(read, side)}</td>
          </tr>`;
        })}
      </tbody>
    </table>
    <div class="story-card-figures">
      <span>${l10n.t('change of the share')}${' '}<b>${formatSigned(read.share)}</b></span>
    </div>
    ${read.writes === undefined ? html`<div class="story-card-note">${l10n.t('too small to be read as tokens')}</div>` : ''}`;
}

function titleOf(story: StoryDifference, read: DifferenceRead): string {
  return capitalised(readInWords(story, read));
}

/** "h4 92%, h7 31%" */
function attentionOf(read: DifferenceRead, side: (typeof SIDES)[number]): string {
  return headsOf(read)
    .map(({ head, attention }) => `h${head} ${formatProbability(attention[side])}`)
    .join(', ');
}
