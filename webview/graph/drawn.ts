/**
 * What of a graph is drawn, and where, in a canvas of some size: upright, a row for each head and neuron, or the whole circuit. What is
 * not kept by share or effect is not drawn in either, and what is kept closes up.
 */
import type { FlowEdge, FlowNode } from '#core/format/flow-graph';
import { layoutGraph } from '#core/present/layout';
import { pruned } from '#core/present/pruned';
import { rowGraph } from '#core/present/rows/row-graph';
import { heaviestByKind } from '../lib/colour/edge-style';
import { edgesByNode, type ShownGraph } from '../state/shown-graph';
import type { ViewState } from '../state/view-state';
import type { Size } from './camera';

/** From this width of the page on the branches of a layer stand side by side. */
const SIDE_BY_SIDE = 1100;

/** What of a view decides what is drawn. */
export const DRAWN_BY = ['wholeCircuit', 'unfolded', 'shareKept', 'keepBy', 'pinned'] as const satisfies readonly (keyof ViewState)[];

/** The graph as it is drawn: nodes and edges are those that have a place. */
export function drawnUpright(shown: ShownGraph, view: Pick<ViewState, (typeof DRAWN_BY)[number]>, size: Size): ShownGraph {
  const { graph } = shown;
  const rows = rowGraph(graph, {
    ...size,
    aside: window.innerWidth >= SIDE_BY_SIDE, // of the window: a dock that opens moves nothing to another place
    kept: view.keepBy === 'effect' && graph.effects === undefined ? 1 : view.shareKept, // effects are on their way
    by: view.keepBy,
    pinned: new Set(view.pinned),
    unfolded: new Set(view.unfolded),
  });
  return withNodes(shown, [...rows.nodes], [...rows.edges], { layout: rows.layout, rows });
}

/** The whole circuit less what is not kept. @param kept ids; null: all are */
export function drawnCircuit(shown: ShownGraph, kept: ReadonlySet<string> | null): ShownGraph {
  if (kept === null) return shown;
  // Both sides of a comparison are laid out by what either keeps: what is alike stays in one place.
  const placed = pruned({ nodes: shown.placed, edges: [] }, kept);
  const { nodes, edges, gathered } = pruned(shown.graph, kept);
  const more = { layout: layoutGraph(placed, placed.gathered), placed: placed.nodes, gathered };
  return { ...withNodes(shown, nodes, edges, more), heaviest: shown.heaviest };
}

function withNodes(shown: ShownGraph, nodes: FlowNode[], edges: FlowEdge[], more: Partial<ShownGraph>): ShownGraph {
  const drawn = { ...shown.graph, nodes, edges };
  return {
    ...shown,
    ...more,
    graph: drawn,
    heaviest: heaviestByKind(edges),
    nodes: new Map(nodes.map((node) => [node.id, node])),
    edgesOf: edgesByNode(drawn),
  };
}
