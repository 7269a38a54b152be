/** A run of layers that is folded on a story's map, or the line that folds it again. */
import { foldLabels } from '#core/present/fold-words';
import type { AnyRead, AnyStory } from '#core/present/mapped-story';
import type { StoryLayout } from '#core/present/story-layout';
import type { StoryFold } from '#core/present/story-rows';
import { PALETTES } from '../lib/colour/palettes';
import { fontOf, type StoryLook } from './story-paint';
import type { Surface } from './surface';

/** Where the arrow is and how large, and where the text begins, in pixels. */
const ARROW = { x: 10, half: 4 } as const;
const TEXT = 20;

/** The arrow that says that it opens, and as much of its text as there is room for. @param marked it is pointed at */
export function paintFold(
  ctx: Surface,
  story: AnyStory,
  { stream, width }: Pick<StoryLayout<AnyRead>, 'stream' | 'width'>,
  fold: StoryFold,
  { theme }: Pick<StoryLook, 'theme'>,
  marked: boolean,
): void {
  const { y, height, open } = fold;
  const middle = y + height / 2;
  ctx.save();
  ctx.font = fontOf('figure');
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  ctx.fillStyle = theme.muted;
  const { half } = ARROW;
  ctx.beginPath();
  ctx.moveTo(ARROW.x - half, middle - half + (open ? 1 : 0));
  if (open) {
    ctx.lineTo(ARROW.x + half, middle - half + 1);
    ctx.lineTo(ARROW.x, middle + half);
  } else {
    ctx.lineTo(ARROW.x + half - 1, middle);
    ctx.lineTo(ARROW.x - half, middle + half);
  }
  ctx.closePath();
  ctx.fill();
  const room = (open ? width : stream.left) - TEXT - 4;
  const labels = foldLabels(story, fold);
  const text = labels.find((label) => ctx.measureText(label).width <= room) ?? '';
  // Hops cross the run on their way up.
  ctx.fillStyle = theme.background;
  ctx.globalAlpha = open ? 1 : 0.9;
  ctx.fillRect(TEXT - 2, y + 1, ctx.measureText(text).width + 4, height - 2);
  ctx.globalAlpha = 1;
  ctx.fillStyle = theme.muted;
  ctx.fillText(text, TEXT, middle + 0.5);
  if (marked) {
    ctx.strokeStyle = PALETTES[theme.kind].focus;
    ctx.lineWidth = 2;
    ctx.strokeRect(1, y + 1, (open ? width : stream.left) - 2, height - 2);
  }
  ctx.restore();
}
