/** A graph as the page draws it, and what follows from it alone. */
import type { FlowEdge, FlowGraph, FlowNode } from '#core/format/flow-graph';
import { withRead } from '#core/format/unread';
import { standsForHead } from '#core/format/node-kinds';
import { layoutGraph, type GraphLayout } from '#core/present/layout';
import type { RowGraph } from '#core/present/rows/row-graph';
import type { InsightPlace } from '#core/protocol/insight-scope';
import type { HostMessage, PromptOrigin } from '#core/protocol/inspector';
import type { ViewRequest } from '#core/protocol/view-request';
import { heaviestByKind, type HeaviestByKind } from '../lib/colour/edge-style';
import { scaleOf, type ColourBy, type Scale } from '../lib/colour/scales';

/** See the head of this file. */
export interface ShownGraph {
  readonly graph: FlowGraph;
  /** of the model that made it */
  readonly fingerprint: string;
  readonly origin: PromptOrigin;
  /** how many of the last tokens the model has said itself; absent: none */
  readonly generated?: number;
  readonly request: ViewRequest;
  readonly layout: GraphLayout;
  /** what the layout has places for: in a comparison the nodes of both sides */
  readonly placed: readonly FlowNode[];
  /** present where it is drawn upright: its nodes are then what has a row, see `drawn.ts` */
  readonly rows?: RowGraph;
  /** ids of nodes that stand for what is left out of a layer of the whole circuit; absent where all is drawn */
  readonly gathered?: ReadonlySet<string>;
  /** The scales on which nodes are coloured: of this graph, or of both that are compared. */
  readonly scale: (by: ColourBy) => Scale;
  /** weights that the widest edges stand for */
  readonly heaviest: HeaviestByKind;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** edges that touch a node */
  readonly edgesOf: ReadonlyMap<string, readonly FlowEdge[]>;
}

/** Prepares a graph for drawing. */
export function prepareGraph({ graph, fingerprint, request, origin, generated = 0 }: Extract<HostMessage, { type: 'graph' }>): ShownGraph {
  return {
    graph,
    fingerprint,
    request,
    origin,
    generated,
    layout: layoutGraph(graph),
    placed: graph.nodes,
    scale: (by) => scaleOf(graph, by),
    heaviest: heaviestByKind(graph.edges),
    nodes: new Map(graph.nodes.map((node) => [node.id, node])),
    edgesOf: edgesByNode(graph),
  };
}

/** A shown graph with some of its nodes as they are now that they have been read: places, edges and scales stay as they are. */
export function withNodesRead(shown: ShownGraph, read: readonly FlowNode[]): ShownGraph {
  const graph = withRead(shown.graph, read);
  return { ...shown, graph, placed: graph.nodes, nodes: new Map(graph.nodes.map((node) => [node.id, node])) };
}

/** Whether a shown graph is the one before with nodes that have been read since. */
export function isReadOn(shown: ShownGraph | null, before: ShownGraph | null): boolean {
  return shown !== null && shown.layout === before?.layout && shown.graph.edges === before.graph.edges;
}

/** What insights into a shown graph are of. */
export function placeOf({ graph, fingerprint, origin, request: { baseline } }: ShownGraph): InsightPlace {
  return { graph, fingerprint, file: origin.uri, baseline };
}

/** The edges that touch each node. */
export function edgesByNode(graph: Pick<FlowGraph, 'nodes' | 'edges'>): ReadonlyMap<string, readonly FlowEdge[]> {
  const edgesOf = new Map<string, FlowEdge[]>(graph.nodes.map((node) => [node.id, []]));
  for (const edge of graph.edges) {
    edgesOf.get(edge.from)?.push(edge);
    edgesOf.get(edge.to)?.push(edge);
  }
  return edgesOf;
}

/** The prompt tokens that a node reads: a key's or value's own, a head's all that are drawn. */
export function sourcesOf(shown: ShownGraph, id: string): readonly number[] {
  const node = shown.nodes.get(id);
  if (node === undefined) return [];
  if (node.source !== undefined) return [node.source];
  if (!standsForHead(node.kind)) return [];
  const sources = (shown.edgesOf.get(id) ?? [])
    .map((edge) => shown.nodes.get(edge.from === id ? edge.to : edge.from)?.source)
    .filter((source) => source !== undefined);
  return [...new Set(sources)];
}
