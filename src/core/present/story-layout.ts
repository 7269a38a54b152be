/**
 * Where everything of a story's map is: layers as rows, the last on top; a column for each token of the prompt that something is
 * read from, runs of others folded; at the right what the stream says and what the two branches add. All in pixels, so that the
 * same map is drawn on a canvas and as an SVG. Texts never overlap: a weaker label gives way.
 */
import * as l10n from '@vscode/l10n';
import type { StoryHead, StoryRead } from '../insight/story';
import { writtenLabel, type AnyRead, type MappedStory } from './mapped-story';
import { reaching } from '../insight/strongest-reads';
import { attached, type Hop } from '../insight/hops';
import { headsOf } from '../insight/read-heads';
import { signedText } from './figures-in-words';

/** What a text takes, in pixels. */
export type MeasureText = (text: string, font: StoryFont) => number;

/** Fonts of the map. Nothing is smaller than 11 px. */
export const STORY_FONTS = {
  token: { size: 12, mono: true, bold: true },
  figure: { size: 11, mono: false, bold: false },
  stream: { size: 12, mono: true, bold: false },
} as const;
/** Name of a font. */
export type StoryFont = keyof typeof STORY_FONTS;

/** One layer. */
export interface StoryRow {
  readonly layer: number;
  /** top of the row; its height is the same for all */
  readonly y: number;
  /** its number is written */
  readonly numbered: boolean;
}

/** A token of the prompt, or a run of tokens that are folded. */
export interface StoryColumn {
  readonly first: number;
  readonly last: number;
  /** middle */
  readonly x: number;
  readonly width: number;
  /** the first token, of which nothing is drawn because heads rest on it: as narrow as a run */
  readonly rests?: true;
}

/** A read that is drawn. */
export interface StoryDot<Read extends AnyRead = StoryRead> {
  readonly read: Read;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** width of its stroke to the stream */
  readonly stroke: number;
  /** null: there is no room, or it is not labelled */
  readonly label: StoryLabel | null;
}

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

/** What is written beside a dot: the token, then the figure in another font. */
export interface StoryLabel {
  readonly x: number;
  readonly token: string;
  readonly figure: string;
  readonly tokenWidth: number;
  readonly width: number;
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
/** A column for a single token is as wide as this at the least, a folded run exactly as wide as that. */
const COLUMN = { least: 36, folded: 28 } as const;
/** Rows are numbered one by one from this height on, else every fifth and all with a dot. */
const NUMBERED = 16;
/** A read is labelled from this part of the strongest one’s |share| on: the others are for those who look closely. */
const LABELLED = 0.1;
const RADIUS = { least: 3, most: 8 } as const;
const STROKE = { least: 1, most: 5 } as const;
/** Hops: thinner than reads, in the lower part of their row, and few. */
const HOP = { radius: 3, least: 1, most: 2.5, below: 0.25, drawn: 8 } as const;

/** How much of the width the stream and the bars take: less in a narrow panel. */
function rightSide(width: number, two: boolean): { readonly stream: number; readonly bars: number } {
  if (width < 420) return { stream: two ? 108 : 84, bars: 52 };
  if (width < 640) return { stream: two ? 160 : 104, bars: 84 };
  return { stream: two ? 200 : 124, bars: 124 };
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
  const two = story.layers.some((layer) => 'sides' in layer);
  const right = rightSide(size.width, two);
  const promptHeight = two ? PROMPT.two : PROMPT.one;
  const bars = { left: size.width - right.bars, width: right.bars };
  const stream = { left: bars.left - GAP - right.stream, width: right.stream };
  const rowHeight = Math.min(ROW.most, Math.max(ROW.least, Math.floor((size.height - promptHeight) / layers.length)));
  const hops = drawnHops(story.hops ?? [], reads, kept);
  const columns = columnsOf(story, reads, hops, { left: NUMBER, right: stream.left - GAP });
  const top = (layer: number): number => (layers.length - 1 - layer) * rowHeight;
  const dots = dotsOf(reads, columns, { top, rowHeight, end: stream.left }, measure);
  return {
    width: size.width,
    height: layers.length * rowHeight + promptHeight,
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

/** The tokens that something is read from, those with the most of it first, each in a column while there is room; runs of others folded. */
function columnsOf(
  { tokens, position, attention }: Pick<MappedStory<AnyRead>, 'tokens' | 'position' | 'attention'>,
  reads: readonly AnyRead[],
  hops: readonly Hop[],
  { left, right }: { readonly left: number; readonly right: number },
): StoryColumn[] {
  const room = right - left;
  const seen = tokens.map((_, j) => j);
  const weight = seen.map((j) => Math.max(0, ...reads.map(({ source, share }) => (source === j ? Math.abs(share) : 0))));
  // Then what hops read, and the token under study, so that it is seen where the prompt ends, and those nearest to it.
  const isHop = seen.map((j) => Number(hops.some(({ source }) => source === j)));
  const ranked = seen.toSorted(
    (a, b) => (weight[b] ?? 0) - (weight[a] ?? 0) || (isHop[b] ?? 0) - (isHop[a] ?? 0) || Math.abs(a - position) - Math.abs(b - position),
  );
  const rests = (run: Run): boolean => run.last === 0 && attention.resting !== undefined && weight[0] === 0;
  const isFolded = (run: Run): boolean => run.first !== run.last || rests(run);
  const widthOf = (all: readonly Run[]): number => all.reduce((sum, run) => sum + (isFolded(run) ? COLUMN.folded : COLUMN.least), 0);
  let count = ranked.length;
  let runs = runsOf(seen, new Set(seen));
  while (widthOf(runs) > room && --count > 0) runs = runsOf(seen, new Set(ranked.slice(0, count)));
  const single = runs.filter((run) => !isFolded(run)).length;
  const folded = (runs.length - single) * COLUMN.folded;
  const each = single === 0 ? COLUMN.folded : Math.max(COLUMN.folded, (room - folded) / single);
  let x = left;
  return runs.map((run) => {
    const width = isFolded(run) ? COLUMN.folded : each;
    x += width;
    return { ...run, width, x: x - width / 2, ...(rests(run) && { rests: true }) };
  });
}

interface Run {
  readonly first: number;
  readonly last: number;
}

/** Each chosen position by itself, what lies between two of them as one. A run of one needs no folding. */
function runsOf(positions: readonly number[], chosen: ReadonlySet<number>): Run[] {
  const runs: Run[] = [];
  for (const j of positions) {
    const before = runs[runs.length - 1];
    if (before === undefined || chosen.has(j) || chosen.has(before.last)) runs.push({ first: j, last: j });
    else runs[runs.length - 1] = { first: before.first, last: j };
  }
  return runs;
}

function dotsOf<Read extends AnyRead>(
  reads: readonly Read[],
  columns: readonly StoryColumn[],
  { top, rowHeight, end }: { readonly top: (layer: number) => number; readonly rowHeight: number; readonly end: number },
  measure: MeasureText,
): StoryDot<Read>[] {
  const most = Math.abs(reads[0]?.share ?? 1);
  const largest = Math.min(RADIUS.most, rowHeight / 2 - 1.5);
  const bare = reads.map((read) => {
    const column = columns.find(({ first, last }) => first <= read.source && read.source <= last);
    // Area grows with the share.
    const part = Math.sqrt(Math.abs(read.share) / most);
    return {
      read,
      x: column?.x ?? 0,
      y: top(read.layer) + rowHeight / 2,
      radius: RADIUS.least + (largest - RADIUS.least) * part,
      stroke: Math.min(rowHeight / 3, STROKE.least + (STROKE.most - STROKE.least) * part * part),
    };
  });
  // Places taken in each row, at first by its dots.
  const taken = new Map<number, [number, number][]>();
  for (const { read, x, radius } of bare) taken.set(read.layer, [...(taken.get(read.layer) ?? []), [x - radius - 2, x + radius + 2]]);
  return bare.map((dot) => {
    const row = taken.get(dot.read.layer) ?? [];
    const label = labelOf(dot, row, { end, most }, measure);
    if (label) row.push([label.x - 2, label.x + label.width + 4]);
    return { ...dot, label };
  });
}

/** The strongest hops that lead to what is drawn. */
function drawnHops(hops: readonly Hop[], reads: readonly AnyRead[], kept: number): readonly Hop[] {
  const led = attached(hops, reads);
  const whole = led.reduce((sum, { effect }) => sum + Math.abs(effect), 0);
  const sizes = led.map(({ effect }) => ({ share: effect }));
  return attached(led.slice(0, Math.min(HOP.drawn, reaching(sizes, kept * whole))), reads);
}

function linesOf(
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

/** The longest label that has room, at the right of its dot, else at the left; nothing of it overlaps what is taken. */
function labelOf(
  { read, x, radius }: Pick<StoryDot<AnyRead>, 'read' | 'x' | 'radius'>,
  taken: readonly (readonly [number, number])[],
  { end, most }: { readonly end: number; readonly most: number },
  measure: MeasureText,
): StoryLabel | null {
  const token = writtenLabel(read);
  if (token === undefined || Math.abs(read.share) < LABELLED * most) return null;
  const heads = headsOf<Pick<StoryHead, 'head' | 'share'>>(read);
  const share = signedText(read.share);
  const figures =
    heads.length > 2
      ? [l10n.t`${heads.length} heads ${share}`, share, '']
      : [`${heads.map(({ head }) => `h${head}`).join(' ')} ${share}`, share, ''];
  const tokenWidth = measure(token, 'token');
  for (const figure of figures) {
    const width = tokenWidth + (figure === '' ? 0 : 4 + measure(figure, 'figure'));
    for (const left of [x + radius + 4, x - radius - 4 - width]) {
      const free = left >= NUMBER && left + width <= end - 2 && taken.every(([from, to]) => left + width < from || left > to);
      if (free) return { x: left, token, figure, tokenWidth, width };
    }
  }
  return null;
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
