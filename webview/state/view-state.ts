/** What this page alone decides about how things are shown. */
import type { Side } from '#core/format/comparison';
import type { Measure } from '#core/compare/what-changed';
import type { EdgeKind } from '#core/format/flow-graph';
import type { ComparedTab, Tab } from '#core/protocol/insight';
import type { KeepBy } from '#core/analyse/attribution';
import type { ColourBy } from '../lib/colour/scales';
import type { KeptCamera } from './camera';
import type { GridView } from './grid-view';

/** The drawing, or the same as text. */
export type Mode = 'graph' | 'table';

/** What this page alone decides about comparisons. */
export interface CompareView {
  /** the tab that the shown comparison is on; null: none is shown, and the next one settles it */
  readonly tab: ComparedTab | null;
  /** how both passes are drawn */
  readonly drawing: 'sides' | 'merged';
  /** what the table of a comparison is */
  readonly listing: 'changes' | 'tree';
  /** whose change marks nodes, colours the merged graph, and sorts the list */
  readonly measure: Measure;
  /** the list has sums, norms and rows of W_O too */
  readonly gathered: boolean;
  /** a position that is chosen on one side is chosen on the other too */
  readonly linked: boolean;
}

/** What this page alone decides; kept across reloads by `kept-view.ts`. */
export interface ViewState {
  readonly tab: Tab;
  /** what the overview's grid shows */
  readonly grid: GridView;
  readonly colourBy: ColourBy;
  readonly mode: Mode;
  /** how the other kind of screen was shown last: a comparison that is listed leaves a graph drawn, and the other way round */
  readonly otherMode: { readonly of: 'graph' | 'comparison'; readonly mode: Mode };
  /** ids, oldest first; an id that the shown graph lacks waits for a graph that has it */
  readonly pinned: readonly string[];
  readonly hiddenEdges: readonly EdgeKind[];
  readonly detailOpen: boolean;
  /** whose field of the second token is open although it has no token; of a single graph: left */
  readonly againstOpen: Side | null;
  /** null: open where there is room */
  readonly legendOpen: boolean | null;
  readonly camera: KeptCamera | null;
  /** all that was computed is drawn, from left to right: norms, queries, keys and rows of W_O too */
  readonly wholeCircuit: boolean;
  /** what was asked to show its parts in the upright drawing; see `Others.unfolds` */
  readonly unfolded: readonly string[];
  /** part of the absolute share, or effect, that the nodes which are not dimmed account for; 1: all nodes */
  readonly shareKept: number;
  /** which of them */
  readonly keepBy: KeepBy;
  /** part of what all reads bring, by |share|, that the story draws */
  readonly storyKept: number;
  /** the causes are listed under the map; null: where there is room */
  readonly causesOpen: boolean | null;
  readonly compare: CompareView;
}

/** Defaults for a page that has not been used yet. */
export const FIRST_VIEW: ViewState = {
  tab: 'story',
  grid: { stream: 'resid_post', colourBy: 'rank', heads: 'share', side: 'change', otherLens: null, readBy: 'one' },
  colourBy: 'share',
  mode: 'graph',
  otherMode: { of: 'comparison', mode: 'graph' },
  pinned: [],
  hiddenEdges: [],
  detailOpen: false,
  againstOpen: null,
  legendOpen: null,
  camera: null,
  wholeCircuit: false,
  unfolded: [],
  shareKept: 1,
  keepBy: 'share',
  storyKept: 0.6,
  causesOpen: null,
  compare: { tab: null, drawing: 'sides', listing: 'changes', measure: 'contrast', gathered: false, linked: true },
};

/** A list without the item where it had it, else with it at the end. */
export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}
