/** Nodes whose vectors have not been read as tokens yet: of a graph that is to be seen soon, what is seen first is read first. */
import type { FlowGraph, FlowNode } from './flow-graph';
import { NODE_KINDS } from './node-kinds';

/** Nodes that may be asked for at once. */
export const MOST_NODES_ASKED = 64;

/** Whether a node's vector has yet to be read. A junction has none to read. */
export function isUnread({ kind, reading }: Pick<FlowNode, 'kind' | 'reading'>): boolean {
  return reading === null && NODE_KINDS[kind].role !== 'junction';
}

/** A graph with some of its nodes as they are now that they have been read. */
export function withRead(graph: FlowGraph, read: readonly FlowNode[]): FlowGraph {
  const byId = new Map(read.map((node) => [node.id, node]));
  const nodes = graph.nodes.map((node) => byId.get(node.id) ?? node);
  const { unread: _before, ...rest } = graph;
  const unread = nodes.filter(isUnread).length;
  return { ...rest, nodes, ...(unread > 0 && { unread }) };
}
