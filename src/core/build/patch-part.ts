/** What an intervention puts in the place of what was computed: a summand with a node of its own. */
import { norm } from '../pass/vector';
import type { ComponentPart, ExpertName, InterventionMode } from '../format/component';
import type { BlockState } from '../pass/block-state';
import type { UnreadGraph, UnreadNode } from './unread-graph';

/** Adds the node of the patched value, and its edge to the sum, which it makes up alone. */
export function addPatch(
  graph: UnreadGraph,
  node: Omit<UnreadNode, 'row'> & { readonly intervention: InterventionMode },
  vector: Float32Array,
  sum: string,
): void {
  graph.addNode({ ...node, row: graph.addRow(vector), shareFactor: 1 });
  graph.addEdge(node.id, sum, 'contribution', norm(vector));
}

/** Whether attention (or the feed-forward layer) as a whole is off or replaced, so that no part of it has a say. */
export function changesWhole({ changed }: BlockState, kind: ComponentPart['kind']): boolean {
  return changed?.some(({ component }) => component.kind === kind) ?? false;
}

/** What can be replaced by a summand with a node of its own, in its block. */
type Replaced =
  | { readonly kind: 'attention' | 'mlp' }
  | { readonly kind: 'head'; readonly head: number }
  | { readonly kind: 'expert'; readonly expert: ExpertName };

/** How a head, an expert or a branch was replaced. */
export function replacement({ changed }: BlockState, replaced: Replaced): InterventionMode {
  const found = changed?.find(({ component }) => {
    // What is put in the place of an expert that is not at work may be that of one of its neurons.
    if (replaced.kind === 'expert')
      return (component.kind === 'expert' || component.kind === 'neuron') && component.expert === replaced.expert;
    if (component.kind !== replaced.kind) return false;
    return replaced.kind !== 'head' || (component.kind === 'head' && component.head === replaced.head);
  });
  return found?.mode ?? 'patch';
}
