/** The hops on a story's map: which are drawn, and their lines. */
import { attached, type Hop } from '../insight/hops';
import { reaching } from '../insight/strongest-reads';
import type { AnyRead } from './mapped-story';
import type { StoryColumn } from './story-columns';
import type { StoryDot } from './story-dots';

/** A hop that is drawn: a line along its row from the token that is read to the one that reads, then up to where that is read. */
export interface StoryLine {
  readonly hop: Hop;
  /** where it begins, as a small ring */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** where it turns up, and ends */
  readonly toX: number;
  readonly toY: number;
  readonly stroke: number;
}

/** Hops: thinner than reads, in the lower part of their row, and few. */
const HOP = { radius: 3, least: 1, most: 2.5, below: 0.25, drawn: 8 } as const;

/** The strongest hops that lead to what is drawn. */
export function drawnHops(hops: readonly Hop[], reads: readonly AnyRead[], kept: number): readonly Hop[] {
  const led = attached(hops, reads);
  const whole = led.reduce((sum, { effect }) => sum + Math.abs(effect), 0);
  const sizes = led.map(({ effect }) => ({ share: effect }));
  return attached(led.slice(0, Math.min(HOP.drawn, reaching(sizes, kept * whole))), reads);
}

/** The lines of these hops, in their order; none where its two ends are folded into one column. */
export function linesOf(
  hops: readonly Hop[],
  dots: readonly StoryDot<AnyRead>[],
  columns: readonly StoryColumn[],
  { top, rowHeight }: { readonly top: (layer: number) => number; readonly rowHeight: number },
): StoryLine[] {
  const most = Math.abs(hops[0]?.effect ?? 1);
  const columnAt = (j: number): StoryColumn | undefined => columns.find(({ first, last }) => first <= j && j <= last);
  const yOf = (layer: number): number => top(layer) + (0.5 + HOP.below) * rowHeight;
  return hops.flatMap((hop): StoryLine[] => {
    const [from, to] = [columnAt(hop.source), columnAt(hop.position)];
    // Within tokens that are folded there is nothing to be seen.
    if (from === undefined || to === undefined || from === to) return [];
    const above = (layer: number): boolean => layer > hop.layer;
    const ends = [
      ...dots.filter(({ read }) => read.source === hop.position && above(read.layer)).map(({ y, radius }) => y + radius),
      ...hops.filter((next) => next.source === hop.position && above(next.layer)).map(({ layer }) => yOf(layer) + HOP.radius),
    ];
    const stroke = HOP.least + (HOP.most - HOP.least) * (Math.abs(hop.effect) / most);
    return [{ hop, x: from.x, y: yOf(hop.layer), radius: HOP.radius, toX: to.x, toY: Math.max(...ends), stroke }];
  });
}
