/**
 * The rows of a story's map: the last layer on top. Where all layers have no room, runs of layers in which nothing is drawn are folded
 * into one thin row each, which opens. All in pixels.
 */
import type { AnyRead, MappedStory } from './mapped-story';

/** One layer, or a run of layers that is folded. */
export interface StoryRow {
  readonly first: number;
  readonly last: number;
  /** its top */
  readonly y: number;
  readonly height: number;
  /** its number is written */
  readonly numbered: boolean;
}

/** What opens a run of layers and folds it again: the folded row itself, or a line above the layers that it has opened. */
export interface StoryFold {
  readonly first: number;
  readonly last: number;
  readonly y: number;
  readonly height: number;
  readonly open: boolean;
}

/** See the head of this file. */
export interface StoryRows {
  /** the last layer first */
  readonly rows: readonly StoryRow[];
  readonly folds: readonly StoryFold[];
  /** of a single layer */
  readonly rowHeight: number;
  /** where the last row ends */
  readonly bottom: number;
  /** no larger could be used */
  readonly most: number;
}

/** A run of layers, both ends included. */
export type LayerRun = Pick<StoryFold, 'first' | 'last'>;

const ROW = { least: 13, comfortable: 20, most: 44 } as const;
/** Height of a folded run, and how many layers are worth one. */
const FOLD = { height: 16, layers: 5 } as const;
/** Rows are numbered one by one from this height on, else every fifth and all with a dot. */
const NUMBERED = 16;
/** A branch that adds less than this part of what the largest adds is not missed. */
export const QUIET = 0.1;

/** What layers add, and from where on the answer stands. */
type Depth = Pick<MappedStory<AnyRead>, 'layers' | 'leadsFrom' | 'differsFrom'>;

/** Runs of layers of which nothing is drawn, no branch adds much, and that are not told of in words. @param busy layers with a read or a hop */
export function quietRuns({ layers, leadsFrom, differsFrom }: Depth, busy: ReadonlySet<number>): readonly LayerRun[] {
  const sizeOf = ({ attention = 0, mlp = 0 }: Depth['layers'][number]): number => Math.max(Math.abs(attention), Math.abs(mlp));
  const least = QUIET * Math.max(0, ...layers.map(sizeOf));
  const told = new Set([leadsFrom, differsFrom, layers.length - 1]);
  const runs: { first: number; last: number }[] = [];
  for (const each of layers) {
    if (busy.has(each.layer) || told.has(each.layer) || (sizeOf(each) > 0 && sizeOf(each) >= least)) continue;
    const before = runs.at(-1);
    if (before?.last === each.layer - 1) before.last = each.layer;
    else runs.push({ first: each.layer, last: each.layer });
  }
  return runs.filter(({ first, last }) => last - first + 1 >= FOLD.layers);
}

/**
 * Runs without those of their last layers that have room for a comfortable row each: where little room is missing, little is folded. A run keeps
 * its first layers.
 */
function withRoomUsed(runs: readonly LayerRun[], layers: number, room: number): readonly LayerRun[] {
  const folded = runs.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  let spare = Math.floor((room - runs.length * FOLD.height) / ROW.comfortable) - (layers - folded);
  return runs.toReversed().map(({ first, last }) => {
    const freed = Math.max(0, Math.min(spare, last - first + 1 - FOLD.layers));
    spare -= freed;
    return { first, last: last - freed };
  });
}

/** Height of rows that are all single layers. */
export function heightOfRows(layers: number, rowHeight: number): number {
  return layers * rowHeight;
}

/**
 * @param room for all rows
 * @param busy layers with a read or a hop
 * @param opened layers whose runs are not folded
 */
export function rowsOf(story: Depth, room: number, busy: ReadonlySet<number>, opened: ReadonlySet<number>): StoryRows {
  const { layers } = story;
  const quiet = heightOfRows(layers.length, ROW.least) <= room ? [] : quietRuns(story, busy);
  const runs = withRoomUsed(quiet, layers.length, room);
  const isOpen = ({ first, last }: LayerRun): boolean => layers.slice(first, last + 1).some(({ layer }) => opened.has(layer));
  const folded = runs.filter((run) => !isOpen(run)).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const single = layers.length - folded;
  const ofFolds = runs.length * FOLD.height;
  const rowHeight = Math.min(ROW.most, Math.max(ROW.least, Math.floor((room - ofFolds) / Math.max(1, single))));
  const rows: StoryRow[] = [];
  const folds: StoryFold[] = [];
  let y = 0;
  for (let layer = layers.length - 1; layer >= 0; layer--) {
    const run = runs.find(({ last, first }) => first <= layer && layer <= last);
    if (run?.last === layer) {
      const open = isOpen(run);
      folds.push({ ...run, y, height: FOLD.height, open });
      if (!open) {
        rows.push({ ...run, y, height: FOLD.height, numbered: false });
        layer = run.first;
      }
      y += FOLD.height;
      if (!open) continue;
    }
    const numbered = rowHeight >= NUMBERED || layer % 5 === 0 || busy.has(layer);
    rows.push({ first: layer, last: layer, y, height: rowHeight, numbered });
    y += rowHeight;
  }
  return { rows, folds, rowHeight, bottom: y, most: heightOfRows(single, ROW.most) + ofFolds };
}

/** What a row's branches add together. */
export function addedBy(
  { layers }: Pick<Depth, 'layers'>,
  { first, last }: LayerRun,
): { readonly attention: number; readonly mlp: number } {
  const all: readonly Depth['layers'][number][] = layers.slice(first, last + 1);
  return {
    attention: all.reduce((sum, { attention = 0 }) => sum + attention, 0),
    mlp: all.reduce((sum, { mlp = 0 }) => sum + mlp, 0),
  };
}
