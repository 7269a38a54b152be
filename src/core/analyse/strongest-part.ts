/** The head or neuron of a graph that brings the target most, or takes most from it. */
import type { FlowNode } from '../format/flow-graph';
import { NODE_KINDS } from '../format/node-kinds';

/** Whether a node is what one head or one neuron writes; not what stands for many. */
function isPart({ kind, head, neuron }: FlowNode): boolean {
  const { group, role } = NODE_KINDS[kind];
  return (group === 'head' && role === 'output' && head !== undefined) || (group === 'neuron' && role === 'value' && neuron !== undefined);
}

/** See the head of this file; undefined where no share is known. */
export function strongestPart({ nodes }: { readonly nodes: readonly FlowNode[] }): FlowNode | undefined {
  let most = 0;
  let strongest: FlowNode | undefined;
  for (const node of nodes) {
    const size = Math.abs(node.share ?? 0);
    if (!(size > most) || !isPart(node)) continue;
    most = size;
    strongest = node;
  }
  return strongest;
}
