/** What follows from the state: which screen, which nodes. */
import { nodesForShare } from '#core/analyse/attribution';
import type { FlowEdge, FlowNode } from '#core/format/flow-graph';
import type { Intervention } from '#core/format/intervention';
import { INSIGHTS, TABS, type ComparedTab, type InsightName, type Tab } from '#core/protocol/insight';
import type { PageState } from './page-state';

/** What fills the window. */
export type ScreenName = 'welcome' | 'graph' | 'comparison' | 'difference' | 'overviewDifference' | 'predictions' | Exclude<Tab, 'graph'>;

/** What shows two passes, on each of the tabs on which they can be seen. */
const COMPARED_SCREENS = {
  story: 'difference',
  graph: 'comparison',
  overview: 'overviewDifference',
} as const satisfies Readonly<Record<ComparedTab, ScreenName>>;

/** The screen that a state asks for. */
export function screenOf(state: PageState): ScreenName {
  const { shown, compared, predictions, view } = state;
  if (shown !== null || !needsPrompt(view.tab)) return view.tab;
  if (compared !== null) return COMPARED_SCREENS[view.compare.tab ?? 'graph'];
  return predictions === null ? 'welcome' : 'predictions';
}

/** The tab whose view is on the screen: without a graph, those of one prompt have nothing that they could show. */
export function seenTab({ shown, compared, view }: Pick<PageState, 'shown' | 'compared' | 'view'>): Tab {
  if (shown !== null || !needsPrompt(view.tab)) return view.tab;
  return (compared !== null ? view.compare.tab : null) ?? 'graph';
}

/** The insight that the seen tab shows; null: it shows none, or one over prompts that the user chooses. */
export function seenInsight(state: Pick<PageState, 'shown' | 'compared' | 'view'>): InsightName | null {
  const tab = TABS.find(({ id }) => id === seenTab(state));
  const name = (state.compared === null ? tab?.of : tab?.ofTwo) ?? null;
  return name !== null && INSIGHTS[name].prompts !== 'chosen' ? name : null;
}

/** Whether a tab shows something of the prompt that is shown, rather than of the model. */
export function needsPrompt(tab: Tab): boolean {
  if (tab === 'lenses') return false;
  const of = TABS.find(({ id }) => id === tab)?.of ?? null;
  return of === null || INSIGHTS[of].prompts !== 'chosen';
}

/** What is changed of the model now: nothing where one graph is shown. */
export function presentInterventions({ compareRequest }: Pick<PageState, 'compareRequest'>): readonly Intervention[] {
  return compareRequest?.interventions ?? [];
}

/** The pinned nodes that the shown graph has, oldest first. */
export function pinnedNodes(state: PageState): readonly FlowNode[] {
  return state.view.pinned.map((id) => state.shown?.nodes.get(id)).filter((node) => node !== undefined);
}

/** The nodes that the filter by share or effect keeps, in a comparison on either side; null while it keeps all. */
export function keptByShare(state: PageState): ReadonlySet<string> | null {
  const { shown, compared, view } = state;
  if (shown === null || view.shareKept >= 1) return null;
  const by = compared === null ? view.keepBy : 'share'; // a comparison has effects only once they are asked for
  if (by === 'effect' && shown.graph.effects === undefined) return null; // they are on their way
  const pinned = new Set(view.pinned);
  const graphs = compared === null ? [shown.graph] : [compared.left.graph, compared.right.graph];
  return new Set(graphs.flatMap((graph) => [...nodesForShare(graph, view.shareKept, pinned, by)]));
}

/** Nodes and edges that are drawn before the others. */
export interface Emphasis {
  readonly nodes: ReadonlySet<string>;
  readonly edges: readonly FlowEdge[];
}

/** The nodes that the pointer brings forward and those one edge away; null when nothing is hovered. */
export function emphasis(state: PageState): Emphasis | null {
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
