/**
 * The nodes that vis-network holds. Each costs it a moment when it comes, and another in every frame, seen or not; a drawing of all layers
 * has thousands. It is therefore given those in sight.
 */
import { DataSet } from 'vis-data/esnext';
import type { Network, Node } from 'vis-network/esnext';
import type { PlacedNode } from '#core/present/layout';
import type { ShownGraph } from '../state/shown-graph';
import type { Box } from './camera';
import { HeldNodes } from './held-nodes';
import { measureNodes, withoutDrawing } from './network';
import type { Detail } from './seen';

/** Paints a node where vis-network would; its own types do not know it. */
export type NodeRenderer = (frame: { readonly ctx: CanvasRenderingContext2D; readonly id: string }) => { readonly drawNode?: () => void };

interface PaintedNode extends Node {
  readonly ctxRenderer: NodeRenderer;
}

/** Keeps the network's nodes in step with what is drawn and seen. */
export interface NetworkData {
  /** Another graph; it is held once it is looked at. To be called `withoutDrawing`. */
  load(shown: ShownGraph): void;
  /** As `load`, without a graph. */
  clear(): void;
  /** Holds what is seen of the graph. To be told in each frame, before nodes are drawn. */
  lookAt(ctx: CanvasRenderingContext2D, seen: Box, detail: Detail): void;
}

/** @param renderNode paints each node */
export function createNetworkData(network: Network, renderNode: NodeRenderer): NetworkData {
  const held = new HeldNodes();
  let nodes = new DataSet<PaintedNode>();

  const begin = (places: readonly PlacedNode[]): void => {
    held.begin(places);
    nodes = new DataSet<PaintedNode>();
    network.setData({ nodes, edges: [] });
  };
  return {
    load({ graph, layout }) {
      // The layout of a comparison has places for what only the other side draws.
      begin(graph.nodes.map(({ id }) => layout.nodes.get(id)).filter((place) => place !== undefined));
    },
    clear: () => begin([]),
    lookAt(ctx, seen, detail) {
      const { come, gone } = held.lookAt(seen, detail);
      if (gone.length === 0 && come.length === 0) return;
      withoutDrawing(network, () => {
        nodes.remove([...gone]);
        nodes.add(come.map(({ id, x, y, width }) => ({ id, x, y, shape: 'custom', size: width / 2, ctxRenderer: renderNode })));
        measureNodes(network, ctx);
      });
    },
  };
}
