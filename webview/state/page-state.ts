/** Everything that the page knows, and how each event changes it. No effects here: views draw what this says. */
import type { Side } from '#core/format/comparison';
import type { Measure } from '#core/compare/what-changed';
import type { EdgeKind, FlowEdge, FlowGraph, FlowNode, ModelInfo } from '#core/format/flow-graph';
import { donorText } from '#core/format/component';
import type { Intervention } from '#core/format/intervention';
import { nodesForShare } from '#core/analyse/attribution';
import { assertNever } from '#core/problem';
import type { PredictionTable } from '#core/format/prediction-table';
import type { Tab } from '#core/protocol/insight';
import type { CompareRequest, HostMessage, PromptOrigin, ShownProblem, ViewRequest } from '#core/protocol/inspector';
import type { Progress } from '#core/call-context';
import type { ColourBy } from '../lib/colour/scales';
import { compared, type Compared } from './compared';
import type { Camera } from '../graph/camera';
import { insightsAfter, insightsFor, NO_INSIGHTS, type InsightEvent, type Insights } from './insight-state';
import type { GridView } from './grid-view';
import type { Theme } from '../lib/theme/theme';
import { shownGraph, type Shown } from './shown';

/** What is going on. */
export type Phase =
  /** The host has not spoken yet. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'welcome'; readonly model: ModelInfo | null }
  | { readonly kind: 'idle' }
  | { readonly kind: 'working'; readonly progress: Progress }
  | { readonly kind: 'problem'; readonly problem: ShownProblem };

/** What fills the window. */
export type ScreenName = 'welcome' | 'graph' | 'comparison' | 'predictions' | Exclude<Tab, 'graph'>;

export type Mode = 'graph' | 'table';

/** What this page alone decides about comparisons. */
export interface CompareView {
  /** how both passes are drawn */
  readonly drawing: 'sides' | 'merged';
  /** what the table of a comparison is */
  readonly listing: 'changes' | 'tree';
  /** whose change marks nodes, colours the merged graph, and sorts the list */
  readonly measure: Measure;
  /** the list has sums and norms too */
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
  /** ids, oldest first; an id that the shown graph lacks waits for a graph that has it */
  readonly pinned: readonly string[];
  readonly hiddenEdges: readonly EdgeKind[];
  readonly detailOpen: boolean;
  /** whose field of the second token is open although no token stands in it; of a single graph: left */
  readonly againstOpen: Side | null;
  /** null: open where there is room */
  readonly legendOpen: boolean | null;
  readonly camera: Camera | null;
  /** part of the absolute share that the nodes which are not dimmed account for; 1: all nodes */
  readonly shareKept: number;
  readonly compare: CompareView;
}

export type TargetProblem = Pick<Extract<HostMessage, { type: 'targetProblem' }>, 'text' | 'pieces' | 'near' | 'field'>;

/** On a card, the prompt that is being typed from which a component shall take its value. */
export interface PatchForm {
  /** the card's node */
  readonly card: string;
  /** name of the component */
  readonly component: string;
  readonly text: string;
}

/** The predictions of several prompts. */
export interface Predictions {
  readonly table: PredictionTable;
  readonly origin: PromptOrigin;
}

export interface PageState {
  readonly phase: Phase;
  /** one graph; at most one of this, `compared` and `predictions` is there */
  readonly shown: Shown | null;
  readonly compared: Compared | null;
  readonly predictions: Predictions | null;
  /** What the controls say: the shown request, or what has been asked for since. */
  readonly request: ViewRequest | null;
  /** The same of a comparison. */
  readonly compareRequest: CompareRequest | null;
  /** the prompt to compare with is being typed */
  readonly asking: boolean;
  readonly patchForm: PatchForm | null;
  readonly targetProblem: TargetProblem | null;
  /** the node under the pointer, or the current row of the table */
  readonly hovered: string | null;
  /** the prompt token under the pointer */
  readonly hoveredToken: number | null;
  readonly insights: Insights;
  /** side of a comparison on which the pointer is */
  readonly hoveredSide: Side;
  readonly theme: Theme;
  readonly view: ViewState;
}

export type PageEvent =
  | HostMessage
  | InsightEvent
  | { readonly type: 'asked'; readonly change: Partial<ViewRequest> }
  | { readonly type: 'askedComparison'; readonly change: Partial<CompareRequest> }
  | { readonly type: 'asking'; readonly asking: boolean }
  | { readonly type: 'patchForm'; readonly form: PatchForm | null }
  | { readonly type: 'hover'; readonly id: string | null; readonly side?: Side }
  | { readonly type: 'hoverToken'; readonly token: number | null; readonly side?: Side }
  | { readonly type: 'togglePin'; readonly id: string }
  | { readonly type: 'unpinAll' }
  | { readonly type: 'dismiss' }
  | { readonly type: 'theme'; readonly theme: Theme }
  | { readonly type: 'view'; readonly change: Partial<Omit<ViewState, 'pinned' | 'compare'>> }
  | { readonly type: 'compareView'; readonly change: Partial<CompareView> };

export const FIRST_VIEW: ViewState = {
  tab: 'graph',
  grid: { stream: 'resid_post', colourBy: 'rank' },
  colourBy: 'rank',
  mode: 'graph',
  pinned: [],
  hiddenEdges: [],
  detailOpen: false,
  againstOpen: null,
  legendOpen: null,
  camera: null,
  shareKept: 1,
  compare: { drawing: 'sides', listing: 'changes', measure: 'contrast', gathered: false, linked: true },
};

/** A state in which nothing is shown. */
const NOTHING = {
  shown: null,
  compared: null,
  predictions: null,
  request: null,
  compareRequest: null,
  asking: false,
  patchForm: null,
  targetProblem: null,
  hovered: null,
  hoveredToken: null,
} as const satisfies Partial<PageState>;

export function firstState(theme: Theme, view: ViewState): PageState {
  return {
    ...NOTHING,
    phase: { kind: 'starting' },
    hoveredSide: 'left',
    insights: NO_INSIGHTS,
    theme,
    view,
  };
}

/** The screen that a state asks for. */
export function screenOf({ shown, compared: both, predictions, view }: PageState): ScreenName {
  if (shown !== null || view.tab === 'neurons') return view.tab;
  if (both !== null) return 'comparison';
  return predictions === null ? 'welcome' : 'predictions';
}

/** The state after an event. */
export function reduce(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'graph':
      return {
        ...state,
        ...NOTHING,
        phase: { kind: 'idle' },
        patchForm: patchFormAfter(state, event.graph, []),
        shown: shownGraph(event.graph, event.request, event.origin),
        insights: insightsFor(state.insights, state.shown?.graph ?? null, event.graph, state.shown?.origin.name === event.origin.name),
        request: event.request,
        hovered: event.graph.nodes.some((node) => node.id === state.hovered) ? state.hovered : null,
      };
    case 'comparison': {
      const both = compared(event);
      return {
        ...state,
        ...NOTHING,
        phase: { kind: 'idle' },
        patchForm: patchFormAfter(state, event.comparison.right, event.request.interventions),
        compared: both,
        compareRequest: event.request,
        hovered: state.hovered !== null && both.changes.has(state.hovered) ? state.hovered : null,
      };
    }
    case 'predictions':
      return { ...state, ...NOTHING, phase: { kind: 'idle' }, predictions: { table: event.table, origin: event.origin } };
    case 'askOther':
      return { ...state, asking: state.shown !== null || state.compared !== null };
    case 'asking':
      return { ...state, asking: event.asking };
    case 'patchForm':
      return { ...state, patchForm: event.form };
    case 'working':
      return { ...state, phase: { kind: 'working', progress: event.progress } };
    case 'problem':
      return { ...settled(state), phase: { kind: 'problem', problem: event.problem } };
    case 'idle':
      return settled(state);
    case 'targetProblem':
      return {
        ...settled(state),
        targetProblem: { text: event.text, pieces: event.pieces, near: event.near, field: event.field },
      };
    case 'welcome':
      return { ...state, ...NOTHING, phase: { kind: 'welcome', model: event.model } };
    case 'askedLook':
    case 'looking':
    case 'looked':
    case 'notLooked':
    case 'neurons':
    case 'findingNeurons':
      return { ...state, insights: insightsAfter(state.insights, event, state.shown?.graph ?? null) };
    case 'reveal':
      return withView(state, { tab: event.what === 'neurons' ? 'neurons' : state.view.tab === 'neurons' ? 'graph' : state.view.tab });
    case 'asked':
      if (state.request === null) return state;
      return {
        ...state,
        request: { ...state.request, ...event.change },
        targetProblem: 'target' in event.change || 'against' in event.change ? null : state.targetProblem,
      };
    case 'askedComparison':
      if (state.compareRequest === null) return state;
      return { ...state, compareRequest: { ...state.compareRequest, ...event.change }, targetProblem: null };
    case 'hover': {
      const hoveredSide = event.side ?? state.hoveredSide;
      return event.id === state.hovered && hoveredSide === state.hoveredSide ? state : { ...state, hovered: event.id, hoveredSide };
    }
    case 'hoverToken': {
      const hoveredSide = event.side ?? state.hoveredSide;
      return event.token === state.hoveredToken && hoveredSide === state.hoveredSide
        ? state
        : { ...state, hoveredToken: event.token, hoveredSide };
    }
    case 'togglePin':
      return withView(state, { pinned: toggled(state.view.pinned, event.id) });
    case 'unpinAll':
      return withView(state, { pinned: [] });
    case 'dismiss':
      return { ...state, phase: { kind: 'idle' } };
    case 'theme':
      return { ...state, theme: event.theme };
    case 'view':
      // What was current in the table is not under the pointer in the drawing, and the other way round.
      return withView(event.change.mode === undefined ? state : { ...state, hovered: null }, event.change);
    case 'compareView':
      return withView(state, { compare: { ...state.view.compare, ...event.change } });
    default:
      return assertNever(event);
  }
}

/** What is being typed stays over another view of the same prompt, until it has been done or another prompt is shown. */
function patchFormAfter(
  { patchForm, shown, compared: both }: PageState,
  { prompt }: FlowGraph,
  interventions: readonly Intervention[],
): PatchForm | null {
  if (patchForm === null || prompt !== (both?.comparison.right ?? shown?.graph)?.prompt) return null;
  const { component, text } = patchForm;
  const done = interventions.some((asked) => asked.component === component && donorText(asked) === text);
  return done ? null : patchForm;
}

/** No work is under way any more: the controls say what is shown. */
function settled(state: PageState): PageState {
  return { ...state, phase: { kind: 'idle' }, request: state.shown?.request ?? null, compareRequest: state.compared?.request ?? null };
}

function withView(state: PageState, change: Partial<ViewState>): PageState {
  return { ...state, view: { ...state.view, ...change } };
}

/** A list without the item where it had it, else with it at the end. */
export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

/** The pinned nodes that the shown graph has, oldest first. */
export function pinnedNodes(state: PageState): readonly FlowNode[] {
  return state.view.pinned.map((id) => state.shown?.nodes.get(id)).filter((node) => node !== undefined);
}

/** The nodes that the share filter keeps, in a comparison on either side; null while it keeps all. */
export function keptByShare({ shown, compared: both, view }: PageState): ReadonlySet<string> | null {
  if (shown === null || view.shareKept >= 1) return null;
  const pinned = new Set(view.pinned);
  const graphs = both === null ? [shown.graph] : [both.left.graph, both.right.graph];
  return new Set(graphs.flatMap((graph) => [...nodesForShare(graph, view.shareKept, pinned)]));
}

/** The nodes that the pointer brings forward and those one edge away; null when nothing is hovered. */
export function emphasis(state: PageState): { readonly nodes: ReadonlySet<string>; readonly edges: readonly FlowEdge[] } | null {
  const { shown, hovered, hoveredToken } = state;
  if (shown === null) return null;
  if (hovered !== null) {
    const edges = (shown.edgesOf.get(hovered) ?? []).filter(({ kind }) => !state.view.hiddenEdges.includes(kind));
    return { nodes: new Set([hovered, ...edges.flatMap(({ from, to }) => [from, to])]), edges };
  }
  if (hoveredToken === null) return null;
  const reading = shown.graph.nodes.filter((node) => node.source === hoveredToken).map((node) => node.id);
  if (reading.length === 0) return null;
  const nodes = new Set(reading);
  return { nodes, edges: shown.graph.edges.filter(({ from, to }) => nodes.has(from) && nodes.has(to)) };
}
