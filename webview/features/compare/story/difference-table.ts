/** The map of a difference as a table, for screen readers. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { DifferenceRead, StoryDifference } from '#core/insight/story-difference';
import { sideWords } from '#core/present/side-words';
import type { StoryLayout } from '#core/present/story-layout';
import { showToken } from '#core/text/token-text';
import { formatNumber, formatProbability, formatSigned } from '../../../lib/format/number';
import { storyLayersTable } from '../../../parts/story-table';
import { SIDES } from '../../../state/shown-comparison';
import { differenceReadText } from './difference-card';

export function differenceTable(story: StoryDifference, layout: StoryLayout<DifferenceRead>): TemplateResult {
  const words = sideWords(story);
  const change = (share: number | undefined): string => (share === undefined ? l10n.t('none') : formatSigned(share));
  return storyLayersTable(story, layout, {
    caption: l10n.t('What each layer says in both passes, and what it adds and reads differently'),
    columns: [
      ...SIDES.map((side) => l10n.t`${words[side].name} says`),
      l10n.t('Bits apart'),
      l10n.t('Change of attention'),
      l10n.t('Change of the feed-forward layer'),
    ],
    cells(layer) {
      const row = story.layers[layer];
      if (row === undefined) return null;
      const said = SIDES.map((side) => {
        const { says, target } = row.sides[side];
        return `${showToken(says)}; ${showToken(story[side].target)} ${formatProbability(target.probability)}`;
      });
      return [...said, formatNumber(row.divergence), change(row.attention), change(row.mlp)];
    },
    read: (item) => differenceReadText(story, item),
  });
}
