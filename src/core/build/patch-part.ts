/** What an intervention puts in the place of what was computed: a summand with a node of its own. */
import { norm } from '../pass/vector';
import type { GraphDraft, DraftNode } from './flow-graph-builder';
import type { Component } from '../format/component';
import type { BlockState } from '../pass/block-state';

/** Draws what was put in, and its edge to the sum that it is all of. */
export function draftPatch(draft: GraphDraft, node: Omit<DraftNode, 'row'>, vector: Float32Array, sum: string): void {
  draft.node({ ...node, row: draft.row(vector), shareFactor: 1, intervention: 'patch' });
  draft.edge(node.id, sum, 'contribution', norm(vector));
}

/** Whether attention (or the feed-forward layer) as a whole is off or replaced, so that no part of it has a say. */
export function changesWhole({ changed }: BlockState, kind: Component['kind']): boolean {
  return changed?.some(({ component }) => component.kind === kind) ?? false;
}
