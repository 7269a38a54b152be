/** What is written where the texts of nodes would be too small: a label for each group; and the numbers of layers of an upright drawing. */
import { LAYOUT, type GraphLayout, type LayerRow, type LayoutGroup } from '#core/present/layout';
import type { Theme } from '../lib/theme/theme';
import { LEAST_TEXT, textSizes } from './node-paint';
import type { Surface } from './surface';

/** Whether the texts of nodes are written at a scale. */
export function isLegible({ nodes, upright }: GraphLayout, scale: number): boolean {
  if (upright === undefined) return textSizes(LAYOUT.nodeHeight, scale) !== null;
  const [first] = nodes.values();
  return first === undefined || textSizes(first.height, scale, true) !== null;
}

/** Space around a label. */
const PADDING = { x: 5, y: 3 } as const;

/** A label in the middle of each group, in pixels; the first of its titles that has room. */
export function drawGroups(
  ctx: Surface,
  groups: readonly LayoutGroup[],
  toScreen: (x: number, y: number) => { readonly x: number; readonly y: number },
  theme: Theme,
): void {
  ctx.font = `600 ${LEAST_TEXT + 1}px ${theme.font}`;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  for (const { titles, ...box } of groups) {
    const start = toScreen(box.left, box.top);
    const end = toScreen(box.right, box.bottom);
    const text = titles.find((each) => ctx.measureText(each).width + 2 * PADDING.x <= end.x - start.x);
    const height = LEAST_TEXT + 1 + 2 * PADDING.y;
    if (text === undefined) continue;
    const width = ctx.measureText(text).width + 2 * PADDING.x;
    const [x, y] = [(start.x + end.x) / 2, (start.y + end.y) / 2];
    ctx.fillStyle = theme.background;
    ctx.fillRect(x - width / 2, y - height / 2, width, height);
    ctx.fillStyle = theme.foreground;
    ctx.fillText(text, x, y + 0.5);
  }
}

/** The numbers of the layers at the left edge, wherever the drawing has been moved to. */
export function drawNumbers(
  ctx: Surface,
  rows: readonly LayerRow[],
  scale: number,
  toScreen: (y: number) => { readonly x: number; readonly y: number },
  theme: Theme,
): void {
  if (rows.length === 0) return;
  ctx.font = `${LEAST_TEXT}px ${theme.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  let free = -Infinity;
  for (const { first, last, top, height, unfolded } of rows) {
    const at = toScreen(top);
    const y = unfolded ? at.y + 9 : at.y + (height * scale) / 2 - 1;
    if (y - LEAST_TEXT / 2 < free) continue;
    free = y + LEAST_TEXT / 2;
    const text = first === last ? String(first) : `${first}–${last}`;
    ctx.fillStyle = theme.muted;
    ctx.fillText(unfolded ? `▾ ${text}` : text, Math.max(4, at.x + 4), y);
  }
}
