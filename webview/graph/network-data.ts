/**
 * The nodes and edges that vis-network holds.
 *
 * An edge leaves a box at the middle of its right side and enters the next at the middle of its left side, so that no edge
 * runs underneath a column of boxes. vis-network joins centres: a box is therefore a vis node at its left port, and a second
 * one, which draws nothing, is at its right port. In an upright drawing edges have corners: each piece is a vis edge between two vis
 * nodes that draw nothing.
 */
import { DataSet } from 'vis-data/esnext';
import type { Edge, Network, Node } from 'vis-network/esnext';
import type { EdgeKind, FlowEdge } from '#core/format/flow-graph';
import type { GraphLayout } from '#core/present/layout';
import type { ShownGraph } from '../state/shown-graph';
import type { Scene } from './scene';
import { rightPort, visEdge, wireEnd } from './vis-edge';

/** Paints a node where vis-network would; its own types do not know it. */
export type NodeRenderer = (frame: { readonly ctx: CanvasRenderingContext2D; readonly id: string }) => { readonly drawNode?: () => void };

interface PaintedNode extends Node {
  readonly ctxRenderer: NodeRenderer;
}

const drawNothing: NodeRenderer = () => ({});

/** Keeps the network's data in step with a scene. */
export interface NetworkData {
  /** Another graph. */
  load(shown: ShownGraph, hiddenEdges: readonly EdgeKind[]): void;
  /** The same graph, whose edges look otherwise. */
  restyle(shown: ShownGraph, hiddenEdges: readonly EdgeKind[]): void;
  clear(): void;
}

/** @param renderNode paints each node */
export function createNetworkData(network: Network, scene: Scene, renderNode: NodeRenderer): NetworkData {
  let edges = new DataSet<Edge>();
  const visEdges = ({ graph, layout }: ShownGraph, hiddenEdges: readonly EdgeKind[]): Edge[] =>
    graph.edges.flatMap((edge) => visEdge(edge, wireOf(layout, edge), scene.edgeStyles, hiddenEdges));
  return {
    load(shown, hiddenEdges) {
      // New sets each time: the network would draw a set that is being emptied or filled.
      edges = new DataSet<Edge>(visEdges(shown, hiddenEdges));
      network.setData({ nodes: new DataSet<PaintedNode>(visNodes(shown, renderNode)), edges });
    },
    restyle: (shown, hiddenEdges) => void edges.update(visEdges(shown, hiddenEdges)),
    clear: () => network.setData({ nodes: [], edges: [] }),
  };
}

/** Both ports of every node that has a place: the layout of a comparison has places for what only the other side draws. */
function visNodes({ graph, layout }: ShownGraph, ctxRenderer: NodeRenderer): PaintedNode[] {
  const boxes = graph.nodes.flatMap(({ id }): PaintedNode[] => {
    const place = layout.nodes.get(id);
    if (place === undefined) return [];
    const { x, y, width } = place;
    return [
      { id, x: x - width / 2, y, shape: 'custom', size: width, ctxRenderer },
      { id: rightPort(id), x: x + width / 2, y, shape: 'custom', size: 1, ctxRenderer: drawNothing },
    ];
  });
  const corners = Array.from(layout.upright?.wires ?? []).flatMap(([id, segments]) =>
    segments.flatMap(({ x1, y1, x2, y2 }, i): PaintedNode[] => [
      { id: wireEnd(id, i, 'from'), x: x1, y: y1, shape: 'custom', size: 1, ctxRenderer: drawNothing },
      { id: wireEnd(id, i, 'to'), x: x2, y: y2, shape: 'custom', size: 1, ctxRenderer: drawNothing },
    ]),
  );
  return [...corners, ...boxes];
}

/** How many pieces an edge with corners has; null: it goes straight from box to box. */
function wireOf({ upright }: GraphLayout, { id }: FlowEdge): number | null {
  return upright?.wires.get(id)?.length ?? null;
}
