/** Everything that the page knows, and how each event changes it. No effects here: views draw what this says. */
import type { EdgeKind, FlowEdge, FlowGraph, FlowNode, ModelInfo } from '../../src/core/graph/flow-graph';
import { layoutGraph, type GraphLayout } from '../../src/core/graph/layout';
import { assertNever } from '../../src/core/problem';
import type { Tab } from '../../src/core/protocol/insight';
import type { HostMessage, PromptOrigin, ShownProblem, ViewRequest } from '../../src/core/protocol/inspector';
import type { Progress } from '../../src/core/protocol/rpc';
import type { ColourBy } from '../colour/scales';
import type { Camera } from '../graph/camera';
import { insightsAfter, insightsFor, NO_INSIGHTS, type InsightEvent, type Insights } from '../insight/insight-state';
import type { GridView } from '../insight/grid-view';
import type { Theme } from '../theme/theme';

/** What is going on. */
export type Phase =
  /** The host has not spoken yet. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'welcome'; readonly model: ModelInfo | null }
  | { readonly kind: 'idle' }
  | { readonly kind: 'working'; readonly progress: Progress }
  | { readonly kind: 'problem'; readonly problem: ShownProblem };

/** A graph and all that follows from it alone. */
export interface Shown {
  readonly graph: FlowGraph;
  readonly origin: PromptOrigin;
  readonly request: ViewRequest;
  readonly layout: GraphLayout;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** edges that touch a node */
  readonly edgesOf: ReadonlyMap<string, readonly FlowEdge[]>;
}

/** What fills the window. */
export type ScreenName = 'welcome' | 'graph' | Exclude<Tab, 'graph'>;

export type Mode = 'graph' | 'table';

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
  /** null: open where there is room */
  readonly legendOpen: boolean | null;
  readonly camera: Camera | null;
}

export type TargetProblem = Pick<Extract<HostMessage, { type: 'targetProblem' }>, 'text' | 'pieces' | 'near'>;

export interface PageState {
  readonly phase: Phase;
  readonly shown: Shown | null;
  /** What the controls say: the shown request, or what has been asked for since. */
  readonly request: ViewRequest | null;
  readonly targetProblem: TargetProblem | null;
  /** the node under the pointer, or the current row of the table */
  readonly hovered: string | null;
  /** the prompt token under the pointer */
  readonly hoveredToken: number | null;
  readonly insights: Insights;
  readonly theme: Theme;
  readonly view: ViewState;
}

export type PageEvent =
  | HostMessage
  | InsightEvent
  | { readonly type: 'asked'; readonly change: Partial<ViewRequest> }
  | { readonly type: 'hover'; readonly id: string | null }
  | { readonly type: 'hoverToken'; readonly token: number | null }
  | { readonly type: 'togglePin'; readonly id: string }
  | { readonly type: 'unpinAll' }
  | { readonly type: 'dismiss' }
  | { readonly type: 'theme'; readonly theme: Theme }
  | { readonly type: 'view'; readonly change: Partial<Omit<ViewState, 'pinned'>> };

export const FIRST_VIEW: ViewState = {
  tab: 'graph',
  grid: { stream: 'resid_post', colourBy: 'rank' },
  colourBy: 'rank',
  mode: 'graph',
  pinned: [],
  hiddenEdges: [],
  detailOpen: false,
  legendOpen: null,
  camera: null,
};

export function firstState(theme: Theme, view: ViewState): PageState {
  return {
    phase: { kind: 'starting' },
    shown: null,
    request: null,
    targetProblem: null,
    hovered: null,
    hoveredToken: null,
    insights: NO_INSIGHTS,
    theme,
    view,
  };
}

/** The screen that a state asks for. */
export function screenOf({ shown, view }: PageState): ScreenName {
  if (shown !== null && view.tab !== 'graph') return view.tab;
  return shown === null ? 'welcome' : 'graph';
}

/** The state after an event. */
export function reduce(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'graph':
      return {
        ...state,
        phase: { kind: 'idle' },
        shown: show(event.graph, event.request, event.origin),
        insights: insightsFor(state.insights, state.shown?.graph ?? null, event.graph, state.shown?.origin.name === event.origin.name),
        request: event.request,
        targetProblem: null,
        hovered: event.graph.nodes.some((node) => node.id === state.hovered) ? state.hovered : null,
        hoveredToken: null,
      };
    case 'working':
      return { ...state, phase: { kind: 'working', progress: event.progress } };
    case 'problem':
      return { ...settled(state), phase: { kind: 'problem', problem: event.problem } };
    case 'idle':
      return settled(state);
    case 'targetProblem':
      return {
        ...settled(state),
        targetProblem: { text: event.text, pieces: event.pieces, near: event.near },
      };
    case 'welcome':
      return { ...state, phase: { kind: 'welcome', model: event.model }, shown: null, request: null, hovered: null, targetProblem: null };
    case 'askedLook':
    case 'looking':
    case 'looked':
    case 'notLooked':
      return { ...state, insights: insightsAfter(state.insights, event, state.shown?.graph ?? null) };
    case 'asked':
      if (state.request === null) return state;
      return {
        ...state,
        request: { ...state.request, ...event.change },
        targetProblem: 'target' in event.change ? null : state.targetProblem,
      };
    case 'hover':
      return event.id === state.hovered ? state : { ...state, hovered: event.id };
    case 'hoverToken':
      return event.token === state.hoveredToken ? state : { ...state, hoveredToken: event.token };
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
    default:
      return assertNever(event);
  }
}

/** No work is under way any more: the controls say what is shown. */
function settled(state: PageState): PageState {
  return { ...state, phase: { kind: 'idle' }, request: state.shown?.request ?? null };
}

function withView(state: PageState, change: Partial<ViewState>): PageState {
  return { ...state, view: { ...state.view, ...change } };
}

/** A list without the item where it had it, else with it at the end. */
export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

function show(graph: FlowGraph, request: ViewRequest, origin: PromptOrigin): Shown {
  const edgesOf = new Map<string, FlowEdge[]>(graph.nodes.map((node) => [node.id, []]));
  for (const edge of graph.edges) {
    edgesOf.get(edge.from)?.push(edge);
    edgesOf.get(edge.to)?.push(edge);
  }
  return { graph, request, origin, layout: layoutGraph(graph), nodes: new Map(graph.nodes.map((node) => [node.id, node])), edgesOf };
}

/** The pinned nodes that the shown graph has, oldest first. */
export function pinnedNodes(state: PageState): readonly FlowNode[] {
  return state.view.pinned.map((id) => state.shown?.nodes.get(id)).filter((node) => node !== undefined);
}

/** The prompt tokens that a node reads: a key's or value's own, a head's all that are drawn. */
export function sourcesOf(shown: Shown, id: string): readonly number[] {
  const node = shown.nodes.get(id);
  if (node === undefined) return [];
  if (node.source !== undefined) return [node.source];
  if (node.kind !== 'head_query' && node.kind !== 'head_out') return [];
  const sources = (shown.edgesOf.get(id) ?? [])
    .map((edge) => shown.nodes.get(edge.from === id ? edge.to : edge.from)?.source)
    .filter((source) => source !== undefined);
  return [...new Set(sources)];
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
