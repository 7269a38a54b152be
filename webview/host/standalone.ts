/** A page without a host: the graph lies in the page itself. */
import type { FlowGraph } from '../../src/core/graph/flow-graph';
import type { ViewRequest } from '../../src/core/protocol/inspector';
import type { Host } from './host';

/** Id of the `<script type="application/json">` that holds the graph. */
export const GRAPH_ELEMENT = 'visit-graph';

/** A host that answers `ready` with the graph in the page, and nothing else. */
export function standaloneHost(): Host {
  return {
    live: false,
    post: () => undefined,
    listen: (hear) => {
      const text = document.getElementById(GRAPH_ELEMENT)?.textContent;
      if (!text) {
        hear({ type: 'problem', problem: { code: 'internal', message: 'This page holds no flow graph.', hint: 'Export it again.' } });
        return;
      }
      const graph = JSON.parse(text) as FlowGraph;
      hear({ type: 'graph', graph, request: requestOf(graph), origin: {} });
    },
    kept: () => null,
    keep: () => undefined,
  };
}

/** The request that a graph answers. */
export function requestOf(graph: FlowGraph): ViewRequest {
  return {
    position: graph.position,
    layers: { from: graph.layers[0] ?? 0, to: graph.layers.at(-1) ?? 0 },
    target: graph.target.chosen === 'user' ? graph.target.text : null,
    counts: graph.counts,
  };
}
