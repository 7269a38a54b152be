/** The story of a comparison as a picture: both answers, what parts them in words, the map, and what its colours mean. */
import * as l10n from '@vscode/l10n';
import type { DifferenceRead, StoryDifference } from '#core/insight/story-difference';
import { differenceText, directions } from '#core/present/difference-words';
import { sideWords } from '#core/present/side-words';
import type { StoryLayout } from '#core/present/story-layout';
import { showToken } from '#core/text/token-text';
import { storyColours } from '../graph/story-paint';
import { PROBABILITY_AXIS } from '../lib/colour/axes';
import { PALETTES } from '../lib/colour/palettes';
import { formatProbability } from '../lib/format/number';
import type { Passage } from '../lib/format/passage';
import type { Theme } from '../lib/theme/theme';
import { legendItems, legendScale, paragraph, stacked, type Sheet } from './caption';
import { pictureOf } from './graph-picture';
import { dotMark, swatch } from './legend-marks';
import { drawnPassages } from './passages-picture';
import type { MeasureFont, Picture } from './picture';
import { drawnMap } from './story-picture';

/** @param layout as the map is drawn, or as it would be @param causes that have been checked, in words */
export function differencePicture(
  story: StoryDifference,
  layout: StoryLayout<DifferenceRead>,
  kept: number,
  theme: Theme,
  measure: MeasureFont,
  causes: readonly Passage[] = [],
): Picture {
  const sheet: Sheet = { theme, measure, width: layout.width };
  const colours = storyColours(theme);
  const { families } = PALETTES[theme.kind];
  const words = sideWords(story);
  const { up, down } = directions(story);
  const percent = Math.round(kept * 100);
  const answer = ({ prompt, predictions }: StoryDifference['left'], name: string): string => {
    const [said, ...then] = predictions.map((token) => `${showToken(token)} ${formatProbability(token.probability)}`);
    return l10n.t`${name}: ${prompt} → ${said ?? ''}, then ${then.slice(0, 3).join(', ')}`;
  };
  return pictureOf({
    title: l10n.t`Story of a comparison: ${story.left.prompt}`,
    theme,
    width: layout.width,
    head: stacked(
      [
        paragraph(answer(story.left, words.left.name), { size: 14, strong: true }, sheet),
        paragraph(answer(story.right, words.right.name), { size: 14, strong: true }, sheet),
        paragraph(differenceText(story), { size: 12 }, sheet),
      ],
      4,
    ),
    drawn: [drawnMap(story, layout, theme), ...(causes.length === 0 ? [] : [drawnPassages(causes, theme, measure, layout.width)])],
    legend: stacked(
      [
        legendItems(
          l10n.t`Reads that differ, ${percent} % of all differences`,
          [dotMark(colours.up, false, up), dotMark(colours.down, true, down)],
          sheet,
        ),
        legendItems(
          l10n.t('Bars, by how much a layer differs'),
          [swatch(families.attention, l10n.t('attention')), swatch(families.feedForward, l10n.t('feed-forward'))],
          sheet,
        ),
        legendScale(
          {
            ...PROBABILITY_AXIS,
            title: l10n.t`Cells, ${words.left.name} | ${words.right.name}: what each says, probability of its own target`,
          },
          PALETTES[theme.kind],
          sheet,
        ),
      ],
      4,
    ),
  });
}
