/** The map of a difference as a table, for screen readers: a row for each layer, the last first. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { DifferenceRead, StoryDifference } from '#core/insight/story-difference';
import { sideWords } from '#core/present/side-words';
import { itemsOf, layerOf, type StoryLayout } from '#core/present/story-layout';
import { showToken } from '#core/text/token-text';
import { html } from '../../../lib/dom/html';
import { formatNumber, formatProbability, formatSigned } from '../../../lib/format/number';
import { SIDES } from '../../../state/shown-comparison';
import { differenceReadText } from './difference-card';

export function differenceTable(story: StoryDifference, layout: StoryLayout<DifferenceRead>): TemplateResult {
  const words = sideWords(story);
  const change = (share: number | undefined): string => (share === undefined ? l10n.t('none') : formatSigned(share));
  return html`<table class="unseen" data-testid="story-table">
    <caption>
      ${l10n.t('What each layer says in both passes, and what it adds and reads differently')}
    </caption>
    <thead>
      <tr>
        <th scope="col">${l10n.t('Layer')}</th>
        ${SIDES.map((side) => html`<th scope="col">${l10n.t`${words[side].name} says`}</th>`)}
        <th scope="col">${l10n.t('Bits apart')}</th>
        <th scope="col">${l10n.t('Change of attention')}</th>
        <th scope="col">${l10n.t('Change of the feed-forward layer')}</th>
        <th scope="col">${l10n.t('Reads')}</th>
      </tr>
    </thead>
    <tbody>
      ${layout.rows.toReversed().map(({ layer }) => {
        const row = story.layers[layer];
        const reads = itemsOf<DifferenceRead>(layout).filter((item) => layerOf(item) === layer);
        return (
          row &&
          html`<tr>
            <th scope="row">${layer}</th>
            ${SIDES.map((side) => {
              const { says, target } = row.sides[side];
              return html`<td>${showToken(says)}; ${showToken(story[side].target)} ${formatProbability(target.probability)}</td>`;
            })}
            <td>${formatNumber(row.divergence)}</td>
            <td>${change(row.attention)}</td>
            <td>${change(row.mlp)}</td>
            <td>${reads.map((item) => html`${differenceReadText(story, item)}${' '}`)}</td>
          </tr>`
        );
      })}
    </tbody>
  </table>`;
}
