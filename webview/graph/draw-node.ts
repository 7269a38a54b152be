/** Draws one node into the current frame. */
import { PALETTES } from '../lib/colour/palettes';
import type { Theme } from '../lib/theme/theme';
import { clip, faint, NODE, textSizes, type NodePaint, type TextSizes } from './node-paint';
import type { Surface } from './surface';

/** Texts that have been cut to their place, so that a frame measures nothing twice. */
export type FittedText = Map<string, string>;

/** What a frame knows of a node besides its paint. */
export interface NodeFrame {
  /** pixels per graph unit */
  readonly scale: number;
  readonly theme: Theme;
  /** filled here; to be emptied when labels or the font change */
  readonly labels: FittedText;
  /** other nodes are brought forward */
  readonly dimmed: boolean;
  /** an always-active neuron */
  readonly always: boolean;
  /** hovered or pinned */
  readonly marked: boolean;
}

/** Opacity of what is not brought forward; who asks for high contrast still reads it. */
const DIMMED = { usual: 0.38, highContrast: 0.65 } as const;

/** Opacity of words that say next to nothing. */
export const DOUBTFUL = { usual: 0.5, highContrast: 0.7 } as const;

/** The line inside an outline lies between these distances from it, in graph units. */
export const SECOND_OUTLINE = { from: 2.25, to: 4 } as const;

/** Width of an outline, in graph units. */
const OUTLINE = 1.25;
/** A thinner line is not seen, in pixels. */
const SEEN_LINE = 0.1;

/** Leaves the context's state changed. */
export function drawNode(ctx: Surface, paint: NodePaint, { scale, theme, labels, dimmed, always, marked }: NodeFrame): void {
  const { x, y, width, height } = paint.place;
  ctx.fillStyle = theme.background; // edges must not shine through
  ctx.fill(paint.path);
  if (dimmed) ctx.globalAlpha = theme.kind.startsWith('high-contrast') ? DIMMED.highContrast : DIMMED.usual;
  ctx.fillStyle = paint.fill;
  ctx.fill(paint.path);
  if (!paint.junction) {
    ctx.save();
    ctx.clip(paint.path);
    if (paint.rest) drawHatching(ctx, paint);
    if (always) drawSecondOutline(ctx, paint);
    ctx.fillStyle = paint.stripe;
    ctx.fillRect(x - width / 2, y - height / 2, NODE.stripe, height);
    if (paint.mark !== undefined) {
      const marked = paint.mark.part * NODE.mark;
      ctx.fillStyle = paint.mark.colour;
      ctx.fillRect(x + width / 2 - marked, y - height / 2, marked, height);
    }
    if (paint.doubtful) ctx.globalAlpha *= theme.kind.startsWith('high-contrast') ? DOUBTFUL.highContrast : DOUBTFUL.usual;
    const sizes = textSizes(height, scale, paint.row !== undefined);
    if (sizes !== null) (paint.row === undefined ? drawText : drawRowText)(ctx, paint, theme.font, labels, sizes);
    ctx.restore();
  }
  ctx.strokeStyle = marked ? PALETTES[theme.kind].focus : paint.stripe;
  ctx.lineWidth = marked ? Math.max(3, 2 / scale) : OUTLINE;
  if (paint.rest && !marked) ctx.setLineDash([5, 3]);
  ctx.stroke(paint.path);
}

/** A node as an area of its colour, for boxes so small that nothing else of them is seen. Leaves the context's state changed. */
export function drawPlainNode(
  ctx: Surface,
  { place, fill, stripe, junction }: NodePaint,
  { scale, theme, dimmed, marked }: Pick<NodeFrame, 'scale' | 'theme' | 'dimmed' | 'marked'>,
): void {
  const { x, y, width, height } = place;
  const [left, top] = [x - width / 2, y - height / 2];
  ctx.globalAlpha = 1;
  if (dimmed) {
    ctx.fillStyle = theme.background; // edges must not shine through
    ctx.fillRect(left, top, width, height);
    ctx.globalAlpha = theme.kind.startsWith('high-contrast') ? DIMMED.highContrast : DIMMED.usual;
  }
  ctx.fillStyle = fill;
  ctx.fillRect(left, top, width, height);
  if (!junction) {
    ctx.fillStyle = stripe;
    ctx.fillRect(left, top, NODE.stripe, height);
  }
  const line = marked ? Math.max(3, 2 / scale) : OUTLINE;
  if (line * scale < SEEN_LINE) return;
  ctx.strokeStyle = marked ? PALETTES[theme.kind].focus : stripe;
  ctx.lineWidth = line;
  ctx.strokeRect(left, top, width, height);
}

/** Tag, a thin rule, label. */
function drawText(ctx: Surface, paint: NodePaint, font: string, labels: FittedText, sizes: TextSizes): void {
  const { x, y, width, height, id } = paint.place;
  const fitted = (part: string, text: string, room: number): string => {
    const key = `${id} ${part} ${sizes.label.toFixed(1)}`;
    const known = labels.get(key);
    if (known !== undefined) return known;
    const cut = clip(text, room, (piece) => ctx.measureText(piece).width);
    labels.set(key, cut);
    return cut;
  };
  ctx.fillStyle = paint.text;
  ctx.textBaseline = 'middle';
  ctx.textAlign = 'left';
  const labelFont = `${paint.strong ? 600 : 400} ${sizes.label}px ${font}`;
  let left = x - width / 2 + NODE.stripe + NODE.padding;
  const right = x + width / 2 - NODE.padding - 2;
  if (paint.tag !== '') {
    ctx.font = labelFont;
    const spare = right - left - 2 * NODE.padding - ctx.measureText(paint.label).width;
    ctx.font = `${sizes.tag}px ${font}`;
    const room = paint.tagMayShrink ? Math.min(NODE.tagMost, Math.max(NODE.tagLeast, spare)) : Infinity;
    const tag = fitted('tag', paint.tag, room);
    ctx.fillText(tag, left + 1, y + 0.5);
    left += ctx.measureText(tag).width + NODE.padding;
    ctx.fillStyle = faint(paint.text, paint.fill, 0.35);
    ctx.fillRect(left, y - height / 2 + 4, 1, height - 8);
    ctx.fillStyle = paint.text;
    left += NODE.padding;
  }
  ctx.font = labelFont;
  const label = fitted('label', paint.label, right - left);
  ctx.textAlign = 'center';
  ctx.fillText(label, (left + right) / 2, y + 0.5);
}

/** Tag, text and figure from left to right; of the texts the longest that has room. */
function drawRowText(ctx: Surface, paint: NodePaint, font: string, labels: FittedText, sizes: TextSizes): void {
  const { row, place } = paint;
  if (row === undefined) return;
  const { x, y, width, height, id } = place;
  ctx.fillStyle = paint.text;
  ctx.textBaseline = 'middle';
  const [small, large] = [`${sizes.tag}px ${font}`, `${paint.strong ? 600 : 400} ${sizes.label}px ${font}`];
  let left = x - width / 2 + NODE.stripe + NODE.padding;
  let right = x + width / 2 - NODE.padding;
  const measured = (text: string, inFont: string): number => {
    ctx.font = inFont;
    return ctx.measureText(text).width;
  };
  const figure = row.figure === '' ? 0 : measured(row.figure, large);
  const isTight = measured(row.tag, small) + figure + 3 * NODE.padding > right - left;
  const tag = isTight ? (row.shortTag ?? row.tag) : row.tag;
  if (tag !== '') {
    const size = measured(tag, small);
    ctx.textAlign = 'left';
    ctx.fillText(tag, left, y + 0.5);
    left += size + NODE.padding;
    ctx.fillStyle = faint(paint.text, paint.fill, 0.35);
    ctx.fillRect(left, y - height / 2 + 4, 1, height - 8);
    ctx.fillStyle = paint.text;
    left += NODE.padding + 1;
  }
  const shortest = row.texts.at(-1) ?? '';
  // A figure gives way where it would leave no room for a few letters.
  const least = row.figureFirst === true ? 0 : Math.min(measured(shortest, large), 4.5 * sizes.label);
  if (figure > 0 && right - left - figure - NODE.padding >= least) {
    ctx.textAlign = 'right';
    ctx.font = large;
    ctx.fillText(row.figure, right, y + 0.5);
    right -= figure + 2 * NODE.padding;
  }
  const key = `${id} row ${sizes.label.toFixed(1)}`;
  const text =
    labels.get(key) ??
    row.texts.find((each) => measured(each, large) <= right - left) ??
    clip(shortest, right - left, (piece) => measured(piece, large));
  labels.set(key, text);
  ctx.font = large;
  ctx.textAlign = 'left';
  ctx.fillText(text, left, y + 0.5);
}

/** A line inside the outline: this neuron is active in nearly every prompt. */
function drawSecondOutline(ctx: Surface, { path, stripe, fill }: Pick<NodePaint, 'path' | 'stripe' | 'fill'>): void {
  for (const [inside, colour] of [
    [SECOND_OUTLINE.to, stripe],
    [SECOND_OUTLINE.from, fill],
  ] as const) {
    ctx.lineWidth = 2 * inside; // half of it lies outside, where it is clipped
    ctx.strokeStyle = colour;
    ctx.stroke(path);
  }
}

/** Diagonal lines: this node stands for many. */
function drawHatching(ctx: Surface, { place, text, fill }: NodePaint): void {
  ctx.strokeStyle = faint(text, fill, 0.16);
  ctx.lineWidth = 1;
  ctx.beginPath();
  const { x, y, width, height } = place;
  for (let at = x - width / 2 - height; at < x + width / 2; at += 7) {
    ctx.moveTo(at, y + height / 2);
    ctx.lineTo(at + height, y - height / 2);
  }
  ctx.stroke();
}
