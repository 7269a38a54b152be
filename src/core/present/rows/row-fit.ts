/** How rows fit into the room: how many parts on a line, how many lines, how far apart. */
import type { CompactLayer, RowBlock } from './choose-rows';
import { partsPerLine, ROWS, type RowOptions } from './row-options';

/** How many lines a layer takes. */
export function linesOf({ units, others }: Pick<CompactLayer, 'units' | 'others'>, perLine: number): number {
  return Math.max(1, Math.ceil((units.length + (others === null ? 0 : 1)) / perLine));
}

/** As few parts on a line as there is height for, where layers differ in how many they have: wider boxes say more. */
export function perLineFor(blocks: readonly RowBlock[], { width, height, kept }: RowOptions): number {
  const most = partsPerLine(width);
  if (kept >= 1) return most;
  const room = Math.floor((height - 2 * ROWS.margin) / ROWS.pitch);
  const rows = (perLine: number): number => blocks.reduce((sum, block) => sum + rowsOf(block, perLine, false), 0);
  for (let perLine = 2; perLine < most; perLine++) if (rows(perLine) <= room) return perLine;
  return most;
}

/** What is drawn below each other. */
interface Stack {
  /** rows above the first layer */
  readonly before: number;
  readonly blocks: readonly RowBlock[];
  readonly perLine: number;
  /** the branches of a layer stand side by side */
  readonly aside: boolean;
  /** layers are on one line each, with their numbers */
  readonly numbered: boolean;
}

/** Rows as far apart as the room allows, within bounds, in pixels. */
export function pitchFor({ before, blocks, perLine, aside, numbered }: Stack, { height }: RowOptions): number {
  const rows = blocks.reduce((sum, block) => sum + rowsOf(block, perLine, aside), before);
  const [least, most] = numbered ? [ROWS.compactPitch, ROWS.mostCompactPitch] : [ROWS.pitch, ROWS.mostPitch];
  return Math.min(most, Math.max(least, Math.floor((height - 2 * ROWS.margin) / Math.max(1, rows))));
}

function rowsOf(block: RowBlock, perLine: number, aside: boolean): number {
  if (block.kind === 'compact') return linesOf(block.layer, perLine);
  const [one, other] = [block.attention.length, block.feedForward.length];
  return aside ? Math.max(one, other) : one + other;
}
