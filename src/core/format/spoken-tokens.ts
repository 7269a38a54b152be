/** What a node says in its pass, as tokens. */
import type { FlowNode, TokenScore } from './flow-graph';
import { NODE_KINDS } from './node-kinds';

/** Whether a node writes nothing in this pass: its vector is 0, or what multiplies its vector. A key is read, not written. */
export function isSilent({ kind, norm, coefficient }: Pick<FlowNode, 'kind' | 'norm' | 'coefficient'>): boolean {
  return norm === 0 || (coefficient === 0 && NODE_KINDS[kind].role !== 'key');
}

/** What a node says with the sign that it has in this pass: its least likely tokens where its coefficient is negative, none where it is silent. */
export function spokenTokens({ reading, ...node }: Pick<FlowNode, 'kind' | 'reading' | 'coefficient' | 'norm'>): readonly TokenScore[] {
  if (!reading || isSilent(node)) return [];
  return (node.coefficient ?? 0) < 0 ? reading.bottom : reading.top;
}
