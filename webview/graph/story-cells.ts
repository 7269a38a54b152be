/** The cells of a story's map: what the stream says after each layer. */
import { isFaint } from '#core/present/lens-words';
import { cellsOf, type AnyRead, type AnyStory, type SaidCell } from '#core/present/mapped-story';
import type { StoryLayout } from '#core/present/story-layout';
import type { StoryRow } from '#core/present/story-rows';
import { showToken } from '#core/text/token-text';
import { readableOn, toHex } from '../lib/colour/colour';
import { PROBABILITY_AXIS, colourOf } from '../lib/colour/axes';
import { PALETTES } from '../lib/colour/palettes';
import { formatProbability } from '../lib/format/number';
import { DOUBTFUL } from './draw-node';
import { clip } from './node-paint';
import { fontOf, type StoryLook } from './story-paint';
import type { Surface } from './surface';

/** A cell has a figure from this width on. */
const FIGURE_FROM = 76;
/** From this width on a long token is clipped for it. */
const ROOMY = 100;

/** What the stream says after a layer, or after the last of a folded run, on the colour of the target's probability there. */
export function paintCell(
  ctx: Surface,
  story: AnyStory,
  { stream }: Pick<StoryLayout<AnyRead>, 'stream'>,
  row: StoryRow,
  { theme }: StoryLook,
): void {
  const { last: layer, height: rowHeight } = row;
  const said = story.layers[layer];
  if (said === undefined) return;
  const cells = cellsOf(said);
  const width = (stream.width - (cells.length - 1)) / cells.length;
  ctx.save();
  ctx.fillStyle = theme.background;
  ctx.fillRect(stream.left, row.y, stream.width, rowHeight);
  cells.forEach((cell, i) => {
    const left = stream.left + i * (width + 1);
    const fill = colourOf(cell.probability, PROBABILITY_AXIS, PALETTES[theme.kind]);
    ctx.fillStyle = toHex(fill);
    ctx.fillRect(left, row.y + 0.5, width, rowHeight - 1);
    if (theme.kind.startsWith('high-contrast')) {
      ctx.strokeStyle = theme.border;
      ctx.lineWidth = 1;
      ctx.strokeRect(left + 0.5, row.y + 0.5, width - 1, rowHeight - 1);
    }
    ctx.fillStyle = readableOn(fill);
    ctx.globalAlpha = isFaint(story.model, layer + 1)
      ? theme.kind.startsWith('high-contrast')
        ? DOUBTFUL.highContrast
        : DOUBTFUL.usual
      : 1;
    writeCell(ctx, cell, { left, width, middle: row.y + rowHeight / 2 + 0.5 });
    ctx.globalAlpha = 1;
  });
  ctx.restore();
}

/** The token, and the target’s probability where there is room for both. */
function writeCell(
  ctx: Surface,
  { token, probability }: SaidCell,
  { left, width, middle }: { readonly left: number; readonly width: number; readonly middle: number },
): void {
  ctx.textBaseline = 'middle';
  let room = width - 10;
  const said = showToken(token);
  ctx.font = fontOf('stream');
  const wide = ctx.measureText(said).width;
  ctx.font = fontOf('figure');
  const text = formatProbability(probability);
  // In a narrow cell the token comes first: the colour says the probability too.
  if (probability >= 0.01 && width >= FIGURE_FROM && (width >= ROOMY || wide + ctx.measureText(text).width + 14 <= width)) {
    ctx.textAlign = 'right';
    ctx.fillText(text, left + width - 5, middle);
    room -= ctx.measureText(text).width + 4;
  }
  ctx.font = fontOf('stream');
  ctx.textAlign = 'left';
  ctx.fillText(
    clip(said, room, (part) => ctx.measureText(part).width),
    left + 5,
    middle,
  );
}
