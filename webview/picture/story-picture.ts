/** A story as a picture: the answer, what happened in words, the map, and what its colours mean. */
import * as l10n from '@vscode/l10n';
import type { Story } from '#core/insight/story';
import type { AnyRead, AnyStory } from '#core/present/mapped-story';
import type { StoryLayout } from '#core/present/story-layout';
import { storyNotes, storyText } from '#core/present/story-words';
import { showToken } from '#core/text/token-text';
import { paintCell } from '../graph/story-cells';
import { paintFold } from '../graph/story-fold';
import { paintDot, paintStory, storyColours } from '../graph/story-paint';
import type { Surface } from '../graph/surface';
import { answerText } from './answer-text';
import { PROBABILITY_AXIS } from '../lib/colour/axes';
import { PALETTES } from '../lib/colour/palettes';
import type { Passage } from '../lib/format/passage';
import type { Theme } from '../lib/theme/theme';
import { legendItems, legendScale, paragraph, stacked, type Sheet } from './caption';
import { pictureOf } from './graph-picture';
import { dotMark, hopMark, swatch } from './legend-marks';
import { drawnPassages } from './passages-picture';
import type { MeasureFont, Picture } from './picture';

/** Runners-up that are named. */
const RUNNERS_UP = 4;

/** @param layout as the map is drawn on the page, or as it would be */
export function storyPicture(
  story: Story,
  layout: StoryLayout,
  kept: number,
  theme: Theme,
  measure: MeasureFont,
  causes: readonly Passage[] = [],
): Picture {
  const sheet: Sheet = { theme, measure, width: layout.width };
  const colours = storyColours(theme);
  const { families } = PALETTES[theme.kind];
  const percent = Math.round(kept * 100);
  const muted = { size: 12, muted: true } as const;
  return pictureOf({
    title: l10n.t`Story: ${story.prompt}`,
    theme,
    width: layout.width,
    head: stacked(
      [
        paragraph(story.prompt, { size: 16, strong: true }, sheet),
        paragraph(answerText(story, RUNNERS_UP), { size: 13 }, sheet),
        paragraph(storyText(story), { size: 12 }, sheet),
      ],
      4,
    ),
    drawn: [drawnMap(story, layout, theme), ...(causes.length === 0 ? [] : [drawnPassages(causes, theme, measure, layout.width)])],
    legend: stacked(
      [
        legendItems(
          l10n.t`Reads, ${percent} % of what is read`,
          [
            dotMark(colours.up, false, l10n.t('for the target')),
            dotMark(colours.down, true, l10n.t('against it')),
            ...(layout.lines.length > 0 ? [hopMark(colours.up, l10n.t('hop: what an earlier layer brought to a token that is read'))] : []),
          ],
          sheet,
        ),
        legendItems(
          l10n.t('Bars, what a layer adds'),
          [swatch(families.attention, l10n.t('attention')), swatch(families.feedForward, l10n.t('feed-forward'))],
          sheet,
        ),
        legendScale(
          { ...PROBABILITY_AXIS, title: l10n.t`Cells, probability of ${showToken(story.target)} after the layer` },
          PALETTES[theme.kind],
          sheet,
        ),
        ...storyNotes(story).map((note) => paragraph(note, muted, sheet)),
      ],
      4,
    ),
  });
}

/** The map by itself. */
export function drawnMap(story: AnyStory, layout: StoryLayout<AnyRead>, theme: Theme): Parameters<typeof pictureOf>[0]['drawn'][number] {
  return {
    width: layout.width,
    height: layout.height,
    draw(surface) {
      const look = { theme, marked: null };
      paintStory(surface, story, layout, look);
      paintStrokes(surface, layout, theme);
      for (const row of layout.rows) paintCell(surface, story, layout, row, look);
      layout.folds.forEach((fold) => paintFold(surface, story, layout, fold, look, false));
      layout.dots.forEach((dot, i) => paintDot(surface, dot, layout, look, i));
    },
  };
}

/** The strokes from the dots to the stream, which the network draws on the page. */
function paintStrokes(surface: Surface, { dots, stream }: StoryLayout<AnyRead>, theme: Theme): void {
  const { upStroke, downStroke } = storyColours(theme);
  surface.save();
  for (const { x, y, stroke, read } of dots) {
    surface.strokeStyle = read.share < 0 ? downStroke : upStroke;
    surface.lineWidth = stroke;
    surface.beginPath();
    surface.moveTo(x, y);
    surface.lineTo(stream.left, y);
    surface.stroke();
  }
  surface.restore();
}
