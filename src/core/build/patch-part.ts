/** What an intervention puts in the place of what was computed: a summand with a node of its own. */
import { norm } from '../pass/vector';
import type { Component } from '../format/component';
import type { BlockState } from '../pass/block-state';
import type { UnreadGraph, UnreadNode } from './unread-graph';

/** Adds the node of the patched value, and its edge to the sum, which it makes up alone. */
export function addPatch(graph: UnreadGraph, node: Omit<UnreadNode, 'row'>, vector: Float32Array, sum: string): void {
  graph.addNode({ ...node, row: graph.addRow(vector), shareFactor: 1, intervention: 'patch' });
  graph.addEdge(node.id, sum, 'contribution', norm(vector));
}

/** Whether attention (or the feed-forward layer) as a whole is off or replaced, so that no part of it has a say. */
export function changesWhole({ changed }: BlockState, kind: Component['kind']): boolean {
  return changed?.some(({ component }) => component.kind === kind) ?? false;
}
