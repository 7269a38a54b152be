/** What of a graph is drawn, and where, in a canvas of some size: upright, a row for each head and neuron, or the whole circuit. */
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
  const drawn = { ...graph, nodes: [...rows.nodes], edges: [...rows.edges] };
  return {
    ...shown,
    graph: drawn,
    layout: rows.layout,
    rows,
    heaviest: heaviestByKind(drawn.edges),
    nodes: new Map(drawn.nodes.map((node) => [node.id, node])),
    edgesOf: edgesByNode(drawn),
  };
}
