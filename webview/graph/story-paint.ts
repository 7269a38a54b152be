/** How a story's map looks: everything under its nodes at once, then each read by itself. Cells of the stream: story-cells.ts. */
import { columnTokens, type AnyRead, type AnyStory } from '#core/present/mapped-story';
import { foldedText } from '#core/present/story-columns';
import { STORY_FONTS, type StoryDot, type StoryFont, type StoryLabel } from '#core/present/story-dots';
import { itemsOf, layerOf, type StoryLayout } from '#core/present/story-layout';
import type { StoryLine } from '#core/present/story-lines';
import { addedBy, type StoryRow } from '#core/present/story-rows';
import { signedText } from '#core/present/figures-in-words';
import { parseColour, readableOn, toHex } from '../lib/colour/colour';
import { colourOf } from '../lib/colour/axes';
import { PALETTES } from '../lib/colour/palettes';
import type { Rect } from '../lib/dom/place-card';
import type { Theme } from '../lib/theme/theme';
import { clip } from './node-paint';
import type { Surface } from './surface';

const MONO = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';
const SANS = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

/** How much of the foreground is in the lines of the columns, and in the band of every second row. */
export const GUIDE = 0.14;
const BAND = 0.05;
/** The same of the row that is pointed at, and of a folded run. */
const POINTED = 0.12;
const FOLDED = 0.1;

/** What a label takes besides its text, in pixels. */
const LABEL = { height: 14, beside: 2 } as const;

/** Half the width of the head of a hop’s arrow. */
const ARROW = 3;

/** A font of the map as a canvas takes it. */
export function fontOf(font: StoryFont): string {
  const { size, mono, bold } = STORY_FONTS[font];
  return `${bold ? '600 ' : ''}${size}px ${mono ? MONO : SANS}`;
}

/** Colours that the theme decides. */
export interface StoryColours {
  /** reads for the target and against it, and their strokes */
  readonly up: string;
  readonly down: string;
  readonly upStroke: string;
  readonly downStroke: string;
}

/** The colours of reads: blue and orange, which every colour blindness tells apart. @param ink how much is left of strokes, from 0 to 1 */
export function storyColours({ kind }: Theme, ink = 1): StoryColours {
  const { diverging, edges } = PALETTES[kind];
  const stroke = ink * (kind.startsWith('high-contrast') ? 0.85 : 0.5);
  const strong = (colours: readonly string[], at: number): string => colours[at] ?? edges.positive;
  return {
    up: strong(diverging, diverging.length - 1),
    down: strong(diverging, 0),
    upStroke: translucent(edges.positive, stroke),
    downStroke: translucent(edges.negative, stroke),
  };
}

/** A colour of which this much is left. @param alpha from 0 to 1 */
function translucent(colour: string, alpha: number): string {
  const { r, g, b } = parseColour(colour) ?? { r: 0.5, g: 0.5, b: 0.5 };
  return `rgba(${[r, g, b].map((c) => Math.round(c * 255)).join(',')},${alpha})`;
}

/** What every painter is told. */
export interface StoryLook {
  readonly theme: Theme;
  /** the item that is pointed at, by its place among the layout's items */
  readonly marked: number | null;
  /** the items that are on a way through it: the others are faint; absent: nothing is pointed at */
  readonly route?: ReadonlySet<number>;
}

/** How much is left of what is not on the way through what is pointed at. */
export function inkOf({ route, theme }: Pick<StoryLook, 'route' | 'theme'>, index: number): number {
  if (route === undefined || route.has(index)) return 1;
  return theme.kind.startsWith('high-contrast') ? 0.4 : 0.2;
}

/** Bands, lines of the columns, numbers of the layers, bars and the prompt: what is drawn below the nodes. */
export function paintStory(ctx: Surface, story: AnyStory, layout: StoryLayout<AnyRead>, look: StoryLook): void {
  const { theme } = look;
  ctx.save();
  ctx.textBaseline = 'middle';
  const { rows, columns, prompt, width } = layout;
  for (const row of rows) {
    const { last: layer, y, height, numbered } = row;
    paintGround(ctx, row, { left: 0, top: y, width, height }, layout, look);
    if (!numbered) continue;
    ctx.font = fontOf('figure');
    ctx.textAlign = 'right';
    ctx.fillStyle = theme.muted;
    ctx.fillText(String(layer), 20, y + height / 2);
  }
  // Guides, and no part of what is told: borders of high contrast are as strong as hops.
  ctx.strokeStyle = theme.foreground;
  ctx.lineWidth = 1;
  ctx.globalAlpha = GUIDE;
  for (const { x } of columns) {
    ctx.beginPath();
    ctx.moveTo(x, 0);
    ctx.lineTo(x, prompt.top);
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
  layout.lines.forEach((line, i) => paintLine(ctx, line, look, layout.dots.length + i));
  paintBars(ctx, story, layout, theme);
  paintPrompt(ctx, story, layout, theme);
  ctx.restore();
}

/** The background of a part of a row. */
function paintGround(
  ctx: Surface,
  { first, last }: Pick<StoryRow, 'first' | 'last'>,
  { left, top, width, height }: Rect,
  layout: StoryLayout<AnyRead>,
  { theme, marked }: StoryLook,
): void {
  const isPointed = marked !== null && layerOf(itemsOf(layout)[marked]) === last;
  const alpha = isPointed ? POINTED : first !== last ? FOLDED : last % 2 === 1 ? BAND : 0;
  if (alpha === 0) return;
  ctx.save();
  ctx.globalAlpha = alpha;
  ctx.fillStyle = theme.foreground;
  ctx.fillRect(left, top, width, height);
  ctx.restore();
}

/** A hop: from the ring at what is read along its row, then up to where it is read. */
function paintLine(ctx: Surface, line: StoryLine, look: StoryLook, index: number): void {
  const { theme } = look;
  const marked = index === look.marked;
  const { x, y, toX, toY, radius, stroke, hop } = line;
  const { up, down } = storyColours(theme);
  const colour = marked ? PALETTES[theme.kind].focus : hop.effect < 0 ? down : up;
  ctx.save();
  ctx.globalAlpha = inkOf(look, index);
  ctx.strokeStyle = colour;
  ctx.lineWidth = marked ? stroke + 1 : stroke;
  ctx.lineJoin = 'round';
  ctx.beginPath();
  ctx.moveTo(x + radius, y);
  ctx.lineTo(toX, y);
  ctx.lineTo(toX, toY + ARROW);
  ctx.stroke();
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(toX, toY);
  ctx.lineTo(toX - ARROW, toY + 1.6 * ARROW);
  ctx.lineTo(toX + ARROW, toY + 1.6 * ARROW);
  ctx.closePath();
  ctx.fill();
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = theme.background;
  ctx.fill();
  ctx.lineWidth = marked ? 2.5 : 1.5;
  ctx.stroke();
  ctx.restore();
}

function paintBars(ctx: Surface, story: AnyStory, { rows, bars, prompt }: StoryLayout<AnyRead>, theme: Theme): void {
  if (story.layers.every(({ attention }) => attention === undefined)) return;
  const { families } = PALETTES[theme.kind];
  ctx.font = fontOf('figure');
  for (const row of rows) {
    const { y, height: rowHeight } = row;
    const height = Math.max(7, Math.min(14, rowHeight - 6));
    const { attention, mlp } = addedBy(story, row);
    let [up, down] = [bars.zero, bars.zero];
    for (const [share, colour] of [
      [attention, families.attention],
      [mlp, families.feedForward],
    ] as const) {
      const length = Math.abs(share) * bars.unit;
      ctx.fillStyle = colour;
      ctx.fillRect(share < 0 ? down - length : up, y + (rowHeight - height) / 2, length, height);
      if (share < 0) down -= length;
      else up += length;
    }
    const sum = attention + mlp;
    const text = signedText(sum);
    const wide = ctx.measureText(text).width;
    if (Math.abs(sum) * bars.unit < 6 || rowHeight < 12) continue;
    ctx.textAlign = 'left';
    ctx.fillStyle = theme.muted;
    if (up + 3 + wide <= bars.left + bars.width) ctx.fillText(text, up + 3, y + rowHeight / 2);
  }
  ctx.fillStyle = theme.muted;
  ctx.fillRect(bars.zero - 0.5, 0, 1, prompt.top);
}

/** One token under each column, shaded by what was read there. */
function paintPrompt(ctx: Surface, story: AnyStory, { columns, prompt }: StoryLayout<AnyRead>, theme: Theme): void {
  const { position, attention } = story;
  const { diverging, focus } = PALETTES[theme.kind];
  const most = Math.max(1e-9, ...attention.bySource.map(Math.abs));
  ctx.font = fontOf('stream');
  for (const { first, last, x, width, rests } of columns) {
    const top = prompt.top + 3;
    const height = prompt.height - 5;
    ctx.textAlign = 'center';
    if (first !== last) {
      ctx.font = fontOf('figure');
      ctx.fillStyle = theme.muted;
      ctx.fillText(foldedText({ first, last }), x, top + height / 2);
      ctx.font = fontOf('stream');
      continue;
    }
    const share = attention.bySource[first] ?? 0;
    const axis = { diverging: true, place: (value: number) => 0.5 + (Math.sign(value) * Math.sqrt(Math.abs(value) / most)) / 2.4 };
    const fill = colourOf(share, { ...axis, title: '', ticks: [] }, { ...PALETTES[theme.kind], diverging });
    const texts = columnTokens(story, first).map((text) => clip(text, width - (rests ? 2 : 8), (part) => ctx.measureText(part).width));
    const box = Math.min(width - 3, Math.max(20, ...texts.map((text) => ctx.measureText(text).width + 10)));
    if (rests) ctx.fillStyle = theme.muted;
    else {
      ctx.fillStyle = toHex(fill);
      ctx.fillRect(x - box / 2, top, box, height);
      ctx.fillStyle = readableOn(fill);
    }
    texts.forEach((text, line) => ctx.fillText(text, x, top + (height * (2 * line + 1)) / (2 * texts.length) + 0.5));
    if (first === position) {
      ctx.strokeStyle = focus;
      ctx.lineWidth = 2;
      ctx.strokeRect(x - box / 2, top, box, height);
    }
  }
}

/** A read with its label. @param index of the dot among the layout's items */
export function paintDot(ctx: Surface, dot: StoryDot<AnyRead>, layout: StoryLayout<AnyRead>, look: StoryLook, index: number): void {
  const { theme } = look;
  const marked = index === look.marked;
  const { x, y, radius, read, label } = dot;
  const colours = storyColours(theme);
  ctx.save();
  ctx.globalAlpha = inkOf(look, index);
  ctx.beginPath();
  // Against: a square, for those who cannot see the colour.
  if (read.share < 0) ctx.rect(x - radius * 0.85, y - radius * 0.85, radius * 1.7, radius * 1.7);
  else ctx.arc(x, y, radius, 0, 2 * Math.PI);
  ctx.fillStyle = read.share < 0 ? colours.down : colours.up;
  ctx.fill();
  ctx.lineWidth = marked ? 2.5 : 1;
  ctx.strokeStyle = marked ? PALETTES[theme.kind].focus : theme.background;
  ctx.stroke();
  if (label !== null) {
    paintLabelGround(ctx, dot, label, layout, look);
    ctx.textBaseline = 'middle';
    ctx.textAlign = 'left';
    ctx.fillStyle = theme.foreground;
    const write = (text: string, at: number, font: StoryFont): void => {
      ctx.font = fontOf(font);
      ctx.fillText(text, at, y + 0.5);
    };
    if (label.token !== '') write(label.token, label.x, 'token');
    if (label.figure !== '') write(label.figure, label.x + label.tokenWidth, 'figure');
  }
  ctx.restore();
}

/** The row’s ground under a label: strokes, which run below it, would be seen between its words as part of them. */
function paintLabelGround(
  ctx: Surface,
  { read: { layer }, y }: StoryDot<AnyRead>,
  { x, width }: StoryLabel,
  layout: StoryLayout<AnyRead>,
  look: StoryLook,
): void {
  const height = Math.min(LABEL.height, layout.rowHeight);
  const box = { left: x - LABEL.beside, top: y - height / 2, width: width + 2 * LABEL.beside, height };
  ctx.save();
  ctx.globalAlpha = 1;
  ctx.fillStyle = look.theme.background;
  ctx.fillRect(box.left, box.top, box.width, box.height);
  ctx.restore();
  paintGround(ctx, { first: layer, last: layer }, box, layout, look);
}
