/**
 * Where everything of a story's map is: layers as rows, the last on top; a column for each token of the prompt that something is
 * read from, runs of others folded; at the right what the stream says and what the two branches add. All in pixels, so that the
 * same map is drawn on a canvas and as an SVG. Texts never overlap: a weaker label gives way.
 */
import { reaching } from '../insight/strongest-reads';
import type { StoryRead } from '../insight/story';
import type { AnyRead, MappedStory } from './mapped-story';
import { columnsOf, type StoryColumn } from './story-columns';
import { dotsOf, type MeasureText, type StoryDot } from './story-dots';
import { drawnHops, linesOf, type StoryLine } from './story-lines';
import { addedBy, heightOfRows, rowsOf, type StoryFold, type StoryRow } from './story-rows';

/** See the head of this file. */
export interface StoryLayout<Read extends AnyRead = StoryRead> {
  readonly width: number;
  readonly height: number;
  /** a larger one could not be used */
  readonly mostHeight: number;
  readonly rowHeight: number;
  readonly rows: readonly StoryRow[];
  readonly folds: readonly StoryFold[];
  readonly columns: readonly StoryColumn[];
  /** strongest first */
  readonly dots: readonly StoryDot<Read>[];
  /** largest |effect| first */
  readonly lines: readonly StoryLine[];
  /** cells of what the stream says */
  readonly stream: { readonly left: number; readonly width: number };
  /** bars of what attention and feed-forward layer add; `unit`: pixels for a share of 1 */
  readonly bars: { readonly left: number; readonly width: number; readonly zero: number; readonly unit: number };
  /** below the rows: the prompt */
  readonly prompt: { readonly top: number; readonly height: number };
}

/** What has a card of its own: reads, then hops. */
export type StoryItem<Read extends AnyRead = StoryRead> = StoryDot<Read> | StoryLine;

/** What can be pointed at: reads, hops, and runs of layers that open. */
export type StoryMark<Read extends AnyRead = StoryRead> = StoryItem<Read> | StoryFold;

/** All reads and hops, in an order that stays the same while the layout does. */
export function itemsOf<Read extends AnyRead>({ dots, lines }: Pick<StoryLayout<Read>, 'dots' | 'lines'>): readonly StoryItem<Read>[] {
  return [...dots, ...lines];
}

/** All that can be pointed at: the items, then the folds. */
export function marksOf<Read extends AnyRead>(layout: Pick<StoryLayout<Read>, 'dots' | 'lines' | 'folds'>): readonly StoryMark<Read>[] {
  return [...itemsOf(layout), ...layout.folds];
}

/** The layer of a read or a hop. */
export function layerOf(item: StoryItem<AnyRead> | undefined): number | undefined {
  return item === undefined ? undefined : 'read' in item ? item.read.layer : item.hop.layer;
}

const NUMBER = 26;
/** One line of tokens, or two where those of two prompts differ. */
const PROMPT = { one: 24, two: 40 } as const;
const GAP = 8;
/** How much of the width the stream and the bars take: less in a narrow panel. */
function rightSide(width: number, two: boolean): { readonly stream: number; readonly bars: number } {
  if (width < 420) return { stream: two ? 108 : 84, bars: 52 };
  if (width < 640) return { stream: two ? 160 : 100, bars: 80 };
  return { stream: two ? 200 : 124, bars: 124 };
}

const isOfTwo = ({ layers }: Pick<MappedStory<AnyRead>, 'layers'>): boolean => layers.some((layer) => 'sides' in layer);
const promptHeightOf = (two: boolean): number => (two ? PROMPT.two : PROMPT.one);

/** How high a map is of which no layer is folded and whose rows have this height. In pixels. */
export function heightOfMap(story: Pick<MappedStory<AnyRead>, 'layers'>, rowHeight: number): number {
  return heightOfRows(story.layers.length, rowHeight) + promptHeightOf(isOfTwo(story));
}

/** Nothing was opened. */
const NONE: ReadonlySet<number> = new Set();

/**
 * @param size what the panel has; the map is taller where it has not room for all that is not folded, at the least height
 * @param kept part of Σ |share| of all reads that is drawn, from 0 to 1, and of Σ |effect| of the hops that lead to them
 * @param opened layers that are not folded although nothing is drawn in them
 */
export function layoutStory<Read extends AnyRead>(
  story: MappedStory<Read>,
  size: { readonly width: number; readonly height: number },
  kept: number,
  measure: MeasureText,
  opened: ReadonlySet<number> = NONE,
): StoryLayout<Read> {
  const { attention } = story;
  const reads = story.reads.slice(0, reaching(story.reads, kept * attention.absolute));
  const two = isOfTwo(story);
  const right = rightSide(size.width, two);
  const promptHeight = promptHeightOf(two);
  const bars = { left: size.width - right.bars, width: right.bars };
  const stream = { left: bars.left - GAP - right.stream, width: right.stream };
  const hops = drawnHops(story.hops ?? [], reads, kept);
  const busy = new Set([...reads, ...hops].map(({ layer }) => layer));
  const { rows, folds, rowHeight, bottom, most } = rowsOf(story, size.height - promptHeight, busy, opened);
  const columns = columnsOf(story, reads, hops, { left: NUMBER, right: stream.left - GAP }, measure);
  const tops = new Map(rows.map(({ last, y }) => [last, y]));
  const top = (layer: number): number => tops.get(layer) ?? 0;
  const dots = dotsOf(reads, columns, { top, rowHeight, start: NUMBER, end: stream.left }, measure);
  return {
    width: size.width,
    height: bottom + promptHeight,
    mostHeight: most + promptHeight,
    rowHeight,
    rows,
    folds,
    columns,
    dots,
    lines: linesOf(hops, dots, columns, { top, rowHeight }),
    stream,
    bars: { ...bars, ...barScale(story, rows, bars) },
    prompt: { top: bottom, height: promptHeight },
  };
}

/** Bars share one scale: the sum of a row's two branches, either way, fits. */
function barScale(
  story: Pick<MappedStory<AnyRead>, 'layers'>,
  rows: readonly StoryRow[],
  { left, width }: { readonly left: number; readonly width: number },
): { zero: number; unit: number } {
  const sums = rows.map((row) => {
    const { attention, mlp } = addedBy(story, row);
    return { up: Math.max(0, attention) + Math.max(0, mlp), down: Math.max(0, -attention) + Math.max(0, -mlp) };
  });
  const up = Math.max(1e-9, ...sums.map((sum) => sum.up));
  const down = Math.max(0, ...sums.map((sum) => sum.down));
  // Room for a figure at the ends.
  const unit = Math.max(1, width - 34) / (up + down);
  return { zero: left + 2 + down * unit, unit };
}
