/** The map as a table, for screen readers. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { Story } from '#core/insight/story';
import { agreementInWords, lensInWords } from '#core/present/lens-words';
import type { StoryLayout } from '#core/present/story-layout';
import { showToken } from '#core/text/token-text';
import { formatProbability, formatSigned } from '../../lib/format/number';
import { storyLayersTable } from '../../parts/story-table';
import { itemText } from './story-card';

export function storyTable(story: Story, layout: StoryLayout): TemplateResult {
  const added = (share: number | undefined): string => (share === undefined ? l10n.t('none') : formatSigned(share));
  const branches =
    story.by === 'effect'
      ? [l10n.t('Attention, estimated effect'), l10n.t('Feed-forward, estimated effect')]
      : [l10n.t('Attention adds'), l10n.t('Feed-forward adds')];
  return storyLayersTable(story, layout, {
    caption: l10n.t('What each layer says, adds and reads'),
    columns: [l10n.t('Says'), l10n.t('Lens'), l10n.t('Target'), ...branches],
    cells(layer) {
      const row = story.layers[layer];
      if (row === undefined) return null;
      const lens = agreementInWords(story.model, layer + 1) ?? lensInWords(story.model.lens);
      return [showToken(row.says), lens, formatProbability(row.target.probability), added(row.attention), added(row.mlp)];
    },
    read: (item) => itemText(story, item),
  });
}
