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

/** One layer. */
export interface StoryRow {
  readonly layer: number;
  /** top of the row; its height is the same for all */
  readonly y: number;
  /** its number is written */
  readonly numbered: boolean;
}

/** See the head of this file. */
export interface StoryLayout<Read extends AnyRead = StoryRead> {
  readonly width: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly rows: readonly StoryRow[];
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

/** What can be pointed at: reads, then hops. */
export type StoryItem<Read extends AnyRead = StoryRead> = StoryDot<Read> | StoryLine;

/** All that can be pointed at, in an order that stays the same while the layout does. */
export function itemsOf<Read extends AnyRead>({ dots, lines }: Pick<StoryLayout<Read>, 'dots' | 'lines'>): readonly StoryItem<Read>[] {
  return [...dots, ...lines];
}

/** The layer of a read or a hop. */
export function layerOf(item: StoryItem<AnyRead> | undefined): number | undefined {
  return item === undefined ? undefined : 'read' in item ? item.read.layer : item.hop.layer;
}

const ROW = { least: 13, most: 44 } as const;
const NUMBER = 26;
/** One line of tokens, or two where those of two prompts differ. */
const PROMPT = { one: 24, two: 40 } as const;
const GAP = 8;
/** Rows are numbered one by one from this height on, else every fifth and all with a dot. */
const NUMBERED = 16;
/** How much of the width the stream and the bars take: less in a narrow panel. */
function rightSide(width: number, two: boolean): { readonly stream: number; readonly bars: number } {
  if (width < 420) return { stream: two ? 108 : 84, bars: 52 };
  if (width < 640) return { stream: two ? 160 : 104, bars: 84 };
  return { stream: two ? 200 : 124, bars: 124 };
}

const isOfTwo = ({ layers }: Pick<MappedStory<AnyRead>, 'layers'>): boolean => layers.some((layer) => 'sides' in layer);
const promptHeightOf = (two: boolean): number => (two ? PROMPT.two : PROMPT.one);

/** How high a map is whose rows have this height. In pixels. */
export function heightOfMap(story: Pick<MappedStory<AnyRead>, 'layers'>, rowHeight: number): number {
  return story.layers.length * rowHeight + promptHeightOf(isOfTwo(story));
}

/** How high a map is at the least, and where it takes all that it can use. In pixels. */
export function heightsOfMap(story: Pick<MappedStory<AnyRead>, 'layers'>): { readonly least: number; readonly most: number } {
  return { least: heightOfMap(story, ROW.least), most: heightOfMap(story, ROW.most) };
}

/**
 * @param size what the panel has; the map is taller where it has not room for all layers at the least height
 * @param kept part of Σ |share| of all reads that is drawn, from 0 to 1, and of Σ |effect| of the hops that lead to them
 */
export function layoutStory<Read extends AnyRead>(
  story: MappedStory<Read>,
  size: { readonly width: number; readonly height: number },
  kept: number,
  measure: MeasureText,
): StoryLayout<Read> {
  const { layers, attention } = story;
  const reads = story.reads.slice(0, reaching(story.reads, kept * attention.absolute));
  const two = isOfTwo(story);
  const right = rightSide(size.width, two);
  const promptHeight = promptHeightOf(two);
  const bars = { left: size.width - right.bars, width: right.bars };
  const stream = { left: bars.left - GAP - right.stream, width: right.stream };
  const rowHeight = Math.min(ROW.most, Math.max(ROW.least, Math.floor((size.height - promptHeight) / layers.length)));
  const hops = drawnHops(story.hops ?? [], reads, kept);
  const columns = columnsOf(story, reads, hops, { left: NUMBER, right: stream.left - GAP }, (text) => measure(text, 'stream'));
  const top = (layer: number): number => (layers.length - 1 - layer) * rowHeight;
  const dots = dotsOf(reads, columns, { top, rowHeight, start: NUMBER, end: stream.left }, measure);
  return {
    width: size.width,
    height: heightOfMap(story, rowHeight),
    rowHeight,
    rows: layers.map(({ layer }) => ({
      layer,
      y: top(layer),
      numbered: rowHeight >= NUMBERED || layer % 5 === 0 || reads.some((read) => read.layer === layer),
    })),
    columns,
    dots,
    lines: linesOf(hops, dots, columns, { top, rowHeight }),
    stream,
    bars: { ...bars, ...barScale(story, bars) },
    prompt: { top: layers.length * rowHeight, height: promptHeight },
  };
}

/** Bars share one scale: the sum of a layer's two branches, either way, fits. */
function barScale(
  { layers }: Pick<MappedStory<AnyRead>, 'layers'>,
  { left, width }: { readonly left: number; readonly width: number },
): { zero: number; unit: number } {
  const sums = layers.map(({ attention = 0, mlp = 0 }) => ({
    up: Math.max(0, attention) + Math.max(0, mlp),
    down: Math.max(0, -attention) + Math.max(0, -mlp),
  }));
  const up = Math.max(1e-9, ...sums.map((sum) => sum.up));
  const down = Math.max(0, ...sums.map((sum) => sum.down));
  // Room for a figure at the ends.
  const unit = Math.max(1, width - 34) / (up + down);
  return { zero: left + 2 + down * unit, unit };
}
