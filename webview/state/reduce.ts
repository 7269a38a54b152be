/** How each event changes what the page knows. No effects here: the parts of the page draw what the state says. */
import { donorText } from '#core/format/component';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import type { Intervention } from '#core/format/intervention';
import { assertNever } from '#core/problem';
import { COMPARED_TABS } from '#core/protocol/insight';
import type { InsightPlace } from '#core/protocol/insight-scope';
import type { SeenName } from '#core/protocol/inspector';
import { insightsAfter, insightsFor, insightsThrough } from './insight-state';
import type { PageEvent } from './page-event';
import { NOTHING, type PageState, type PatchForm, type Search } from './page-state';
import { needsPrompt } from './selectors';
import { comparedPlace, prepareComparison } from './shown-comparison';
import { placeOf, prepareGraph, withNodesRead } from './shown-graph';
import { setOut, stay, withTrail } from './trail';
import { toggled, type ViewState } from './view-state';

/** The state after an event. */
export function reduce(state: PageState, event: PageEvent): PageState {
  return withTrail(state, changed(state, event));
}

function changed(state: PageState, event: PageEvent): PageState {
  switch (event.type) {
    case 'graph': {
      const shown = prepareGraph(event);
      return {
        ...state,
        ...NOTHING,
        phase: { kind: 'idle' },
        patchForm: patchFormAfter(state, event.graph, []),
        shown,
        seen: event.seen ?? null,
        insights: insightsFor(state.insights, seenPlace(state), placeOf(shown)),
        request: event.request,
        search: searchIn(state, event.graph),
        view: withoutComparison(viewOn('graph', state.view)),
        hovered: state.hovered !== null && shown.nodes.has(state.hovered) ? state.hovered : null,
      };
    }
    case 'nodesRead':
      return withMoreRead(state, event.seen, event.nodes);
    case 'graphRead':
      return withMoreRead(state, event.seen, event.graph.nodes);
    case 'comparison': {
      const compared = prepareComparison(event);
      return {
        ...state,
        ...NOTHING,
        phase: { kind: 'idle' },
        patchForm: patchFormAfter(state, event.comparison.right, event.request.interventions),
        compared,
        seen: event.seen ?? null,
        insights: insightsFor(state.insights, seenPlace(state), comparedPlace(compared)),
        compareRequest: event.request,
        view: withComparison(viewOn('comparison', state.view), state.narrow),
        hovered: state.hovered !== null && compared.changes.has(state.hovered) ? state.hovered : null,
      };
    }
    case 'predictions':
      return {
        ...state,
        ...NOTHING,
        phase: { kind: 'idle' },
        predictions: { table: event.table, origin: event.origin },
        seen: event.seen ?? null,
        view: withoutComparison(state.view),
      };
    case 'gone':
      return stay(state, event.seen);
    case 'go':
      return setOut(state, event.direction);
    case 'question':
      return state; // the page answers it as it is
    case 'findToken':
      return { ...state, search: searchAfter(state, { listed: true }) };
    case 'search':
      return { ...state, search: event.change && searchAfter(state, event.change) };
    case 'askOther':
      return { ...state, asking: state.shown !== null || state.compared !== null };
    case 'asking':
      return { ...state, asking: event.asking };
    case 'patchForm':
      return { ...state, patchForm: event.form };
    case 'changeHere':
      return { ...state, changeHere: event.here };
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
      return {
        ...state,
        ...NOTHING,
        continuation: null,
        phase: { kind: 'welcome', model: event.model },
        view: withoutComparison(state.view),
      };
    case 'insightRequested':
    case 'insightProgress':
    case 'insightPart':
    case 'insightResult':
    case 'insightFailed':
      return { ...state, insights: insightsAfter(state.insights, event) };
    case 'continuation':
      return { ...state, continuation: event.continuation };
    case 'lenses':
      return {
        ...state,
        insights: insightsThrough(state.insights, state.lenses?.listing, event.listing),
        lenses: { listing: event.listing, chosen: event.chosen },
      };
    case 'reveal':
      // A prompt that was run is seen wherever tabs are about prompts.
      return withView(state, { tab: event.what !== 'graph' || !needsPrompt(state.view.tab) ? event.what : state.view.tab });
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
    case 'narrow':
      return { ...state, narrow: event.narrow };
    case 'theme':
      return { ...state, theme: event.theme };
    case 'view':
      // What was current in the table is not under the pointer in the drawing, and the other way round.
      return withView(event.change.mode === undefined ? state : { ...state, hovered: null }, withTab(state, event.change));
    case 'compareView':
      return withView(state, { compare: { ...state.view.compare, ...event.change } });
    default:
      return assertNever(event);
  }
}

/** Nodes that have been read; those of a graph that is not shown any more come too late. */
function withMoreRead(state: PageState, seen: SeenName, nodes: readonly FlowNode[]): PageState {
  return state.shown === null || state.seen !== seen ? state : { ...state, shown: withNodesRead(state.shown, nodes) };
}

/** What is being typed stays over another view of the same prompt, until it has been done or another prompt is shown. */
function patchFormAfter(
  { patchForm, shown, compared }: PageState,
  { prompt }: FlowGraph,
  interventions: readonly Intervention[],
): PatchForm | null {
  if (patchForm === null || prompt !== (compared?.comparison.right ?? shown?.graph)?.prompt) return null;
  const { component, text } = patchForm;
  const done = interventions.some((asked) => asked.component === component && donorText(asked) === text);
  return done ? null : patchForm;
}

/** A search that begins, or continues: with another text none of its places has been visited. */
function searchAfter({ search, shown }: PageState, change: Partial<Search>): Search {
  const before = search ?? { text: '', whole: false, position: shown?.graph.position ?? 0, at: null, listed: true };
  const restarted = change.text !== undefined || change.whole !== undefined || change.position !== undefined;
  return { ...before, ...(restarted && { at: null, listed: true }), ...change };
}

/** What is looked for, in another graph: where its prompt is another one, at the position that it shows. */
function searchIn({ search, shown }: PageState, { prompt, position }: FlowGraph): Search | null {
  if (search === null || shown?.graph.prompt === prompt) return search;
  return { ...search, position, at: null, listed: true };
}

/** No work is under way any more: the controls say what is shown. */
function settled(state: PageState): PageState {
  return {
    ...stay(state),
    phase: { kind: 'idle' },
    request: state.shown?.request ?? null,
    compareRequest: state.compared?.request ?? null,
  };
}

/** A kind of screen is shown as it was shown last. */
function viewOn(kind: ViewState['otherMode']['of'], view: ViewState): ViewState {
  const { mode, otherMode } = view;
  if (otherMode.of !== kind) return view;
  return { ...view, mode: otherMode.mode, otherMode: { of: kind === 'graph' ? 'comparison' : 'graph', mode } };
}

/** What insights are of now; null: of nothing. */
function seenPlace({ shown, compared }: PageState): InsightPlace | null {
  if (shown !== null) return placeOf(shown);
  return compared && comparedPlace(compared);
}

/** A comparison stays on the overview; else it begins with the story of its difference where two graphs have no room, unless the flow graph is what is being looked at. */
function withComparison(view: ViewState, narrow: boolean): ViewState {
  const seen = view.tab === 'overview' ? 'overview' : narrow && view.tab !== 'graph' ? 'story' : 'graph';
  const tab = view.compare.tab ?? seen;
  return { ...view, compare: { ...view.compare, tab } };
}

function withoutComparison(view: ViewState): ViewState {
  return view.compare.tab === null ? view : { ...view, compare: { ...view.compare, tab: null } };
}

/** A tab that is chosen while two passes are compared is that of the comparison too. */
function withTab({ compared, view }: PageState, change: Partial<ViewState>): Partial<ViewState> {
  const tab = COMPARED_TABS.find((each) => each === change.tab);
  return compared === null || tab === undefined ? change : { ...change, compare: { ...view.compare, tab } };
}

/** The view after a change. On another tab nothing is under the pointer, or under the keys of a map, that was on the one before. */
function withView(state: PageState, change: Partial<ViewState>): PageState {
  const { view } = state;
  // What changes nothing is told to nobody.
  if ((Object.keys(change) as (keyof ViewState)[]).every((key) => change[key] === view[key])) return state;
  const isOther = change.tab !== undefined && change.tab !== view.tab;
  return { ...state, ...(isOther && { hovered: null, hoveredToken: null }), view: { ...view, ...change } };
}
