/** The map as a table, for screen readers: a row for each layer, the last first. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { Story } from '#core/insight/story';
import { agreementInWords, lensInWords } from '#core/present/lens-words';
import { itemsOf, layerOf, type StoryLayout } from '#core/present/story-layout';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { formatProbability, formatSigned } from '../../lib/format/number';
import { itemText } from './story-card';

export function storyTable(story: Story, layout: StoryLayout): TemplateResult {
  return html`<table class="unseen" data-testid="story-table">
    <caption>
      ${l10n.t('What each layer says, adds and reads')}
    </caption>
    <thead>
      <tr>
        <th scope="col">${l10n.t('Layer')}</th>
        <th scope="col">${l10n.t('Says')}</th>
        <th scope="col">${l10n.t('Lens')}</th>
        <th scope="col">${l10n.t('Target')}</th>
        <th scope="col">${l10n.t('Attention adds')}</th>
        <th scope="col">${l10n.t('Feed-forward adds')}</th>
        <th scope="col">${l10n.t('Reads')}</th>
      </tr>
    </thead>
    <tbody>
      ${layout.rows.toReversed().map(({ layer }) => {
        const row = story.layers[layer];
        const reads = itemsOf(layout).filter((item) => layerOf(item) === layer);
        return (
          row &&
          html`<tr>
            <th scope="row">${layer}</th>
            <td>${showToken(row.says)}</td>
            <td>${agreementInWords(story.model, layer + 1) ?? lensInWords(story.model.lens)}</td>
            <td>${formatProbability(row.target.probability)}</td>
            <td>${row.attention === undefined ? l10n.t('none') : formatSigned(row.attention)}</td>
            <td>${row.mlp === undefined ? l10n.t('none') : formatSigned(row.mlp)}</td>
            <td>${reads.map((item) => html`${itemText(story, item)}${' '}`)}</td>
          </tr>`
        );
      })}
    </tbody>
  </table>`;
}
