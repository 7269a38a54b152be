/** The names of layers and stages, held at the top of the drawing however it is moved. */
import * as l10n from '@vscode/l10n';
import { LAYOUT, type Column, type GraphLayout } from '#core/present/layout';
import type { Theme } from '../lib/theme/theme';
import type { Surface } from './surface';

/** Heights in pixels. */
export const HEADINGS = { layer: 20, stage: 30, total: 50 } as const;

/** From graph units to pixels, along x. */
export type ToScreen = (x: number) => number;

/** Draws the headings over the top of a canvas `width` pixels wide; `scale` is pixels per graph unit. @param stages whether stages are named too: where nodes are drawn as groups they are not */
export function drawHeadings(
  ctx: Surface,
  layout: GraphLayout,
  width: number,
  toScreen: ToScreen,
  scale: number,
  theme: Theme,
  stages = true,
): void {
  ctx.fillStyle = theme.background;
  ctx.fillRect(0, 0, width, HEADINGS.total);
  ctx.fillStyle = theme.border;
  ctx.fillRect(0, HEADINGS.total - 1, width, 1);
  ctx.textBaseline = 'middle';

  ctx.textAlign = 'left';
  ctx.font = `600 12px ${theme.font}`;
  for (const band of layout.layers) {
    const left = Math.max(8, toScreen(band.x - band.width / 2));
    const right = Math.min(width - 8, toScreen(band.x + band.width / 2));
    const text = [l10n.t`Layer ${band.layer}`, String(band.layer)].find((each) => ctx.measureText(each).width <= right - left);
    if (text === undefined) continue;
    const size = ctx.measureText(text).width;
    ctx.fillStyle = theme.foreground;
    ctx.fillText(text, left, HEADINGS.layer / 2 + 2);
    ctx.fillStyle = theme.border;
    if (right - left > size + 8) ctx.fillRect(left + size + 8, HEADINGS.layer / 2 + 1, Math.max(0, right - left - size - 8), 1);
  }

  if (!stages) return;
  ctx.textAlign = 'center';
  ctx.font = `11px ${theme.font}`;
  ctx.fillStyle = theme.muted;
  const measure = (text: string) => ctx.measureText(text).width;
  const middle = HEADINGS.layer + HEADINGS.stage / 2 - 1;
  const taken: { readonly x: number; readonly half: number }[] = [];
  // The narrow column of a junction gives way: it is named where those beside it leave room.
  const wide = layout.columns.filter((column) => column.width >= LAYOUT.nodeWidth);
  const junctions = layout.columns.filter((column) => column.width < LAYOUT.nodeWidth);
  const write = ({ title, x: at }: Column, room: number): void => {
    const x = toScreen(at);
    const lines = wrap(title, room, measure);
    taken.push({ x, half: Math.max(0, ...lines.map(measure)) / 2 });
    if (x < -100 || x > width + 100) return;
    lines.forEach((line, row) => ctx.fillText(line, x, middle + (row - (lines.length - 1) / 2) * 12));
  };
  const least = (rooms: readonly number[]): number => Math.min(Infinity, ...rooms) - 4;
  wide.forEach((column, i) => {
    const beside = [wide[i - 1], wide[i + 1]].filter((other) => other !== undefined);
    write(column, least(beside.map((other) => Math.abs(other.x - column.x) * scale)));
  });
  for (const column of junctions) write(column, least(taken.map(({ x, half }) => 2 * (Math.abs(x - toScreen(column.x)) - half - 4))));
}

/** A title on one line or two; none when even two do not hold it. */
export function wrap(title: string, room: number, measure: (text: string) => number): readonly string[] {
  if (measure(title) <= room) return [title];
  const words = title.split(/(?<=-)| /);
  for (let cut = words.length - 1; cut > 0; cut--) {
    const lines = [join(words.slice(0, cut)), join(words.slice(cut))];
    if (lines.every((line) => measure(line) <= room)) return lines;
  }
  return [];
}

function join(words: readonly string[]): string {
  return words.reduce((line, word) => (line === '' || line.endsWith('-') ? line + word : `${line} ${word}`), '');
}
