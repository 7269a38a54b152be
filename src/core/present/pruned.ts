/** The whole circuit less what is not kept: what is left out of a layer is one node, so that what is drawn still adds up. */
import type { FlowEdge, FlowNode } from '../format/flow-graph';
import { nodeId } from '../format/node-id';
import { NODE_KINDS, type NodeFamily } from '../format/node-kinds';

/** What is drawn of a pruned circuit. */
export interface PrunedGraph {
  readonly nodes: FlowNode[];
  readonly edges: FlowEdge[];
  /** ids of the nodes that stand for what is left out, one a layer */
  readonly gathered: ReadonlySet<string>;
}

/** Name of the node that stands for what is left out of a layer. */
export const leftOutId = (layer: number): string => `layers.${layer}.leftOut`;

/** Whether a node is what a branch adds, or part of it: not a stage that all of it passes. */
const isSummand = ({ kind }: FlowNode): boolean => {
  const { summand } = NODE_KINDS[kind];
  return summand === 'drawn' || summand === 'rest';
};

/** The branch whose stage a node is; null: it is no stage. The norm before a branch is a stage of it. */
function stageOf({ kind }: FlowNode): NodeFamily | null {
  const { role, family, group, column } = NODE_KINDS[kind];
  if (role === 'norm') return column === 'ln1' || column === 'attn_raw' ? 'attention' : 'feedForward';
  return (role === 'query' || role === 'junction' || role === 'output') && group === undefined ? family : null;
}

/**
 * Takes away what is not kept. The stages of a branch go with the last of its parts; the stream always stays, and what it begins as.
 *
 * @param kept ids of the nodes that are kept
 */
export function pruned(
  { nodes, edges }: { readonly nodes: readonly FlowNode[]; readonly edges: readonly FlowEdge[] },
  kept: ReadonlySet<string>,
): PrunedGraph {
  const branchOf = ({ layer }: FlowNode, family: NodeFamily): string => `${layer} ${family}`;
  // A second view of the heads, the rows of W_O, keeps no branch by itself.
  const alive = new Set(
    nodes.filter((node) => kept.has(node.id) && isSummand(node)).map((node) => branchOf(node, NODE_KINDS[node.kind].family)),
  );
  const stays = (node: FlowNode): boolean => {
    const { family, summand, role } = NODE_KINDS[node.kind];
    if (role === 'embedding') return true;
    if (!kept.has(node.id)) return false;
    const stage = summand === 'again' ? family : stageOf(node);
    return stage === null || alive.has(branchOf(node, stage));
  };
  const drawn = nodes.filter(stays);
  const ids = new Set(drawn.map(({ id }) => id));
  const gathered = leftOut(nodes.filter((node) => isSummand(node) && !kept.has(node.id)));
  const between = edges.filter(({ from, to }) => ids.has(from) && ids.has(to));
  return {
    nodes: [...drawn, ...gathered.values()],
    edges: [
      ...between,
      ...Array.from(gathered, ([layer, { id }]): FlowEdge => {
        const to = nodeId.residPost(layer);
        // What is gathered has no norm of its own: its edge is as thin as edges are.
        return { id: `${id} → ${to}`, from: id, to, kind: 'contribution', weight: 0, sign: 1 };
      }),
    ],
    gathered: new Set(Array.from(gathered.values(), ({ id }) => id)),
  };
}

/** One node a layer: how many parts it stands for, and what they bring together. */
function leftOut(nodes: readonly FlowNode[]): ReadonlyMap<number, FlowNode> {
  const byLayer = new Map<number, FlowNode[]>();
  for (const node of nodes) if (node.layer >= 0) byLayer.set(node.layer, [...(byLayer.get(node.layer) ?? []), node]);
  return new Map(
    Array.from(byLayer, ([layer, parts]) => {
      const shares = parts.flatMap(({ share }) => (share === undefined ? [] : [share]));
      const node: FlowNode = {
        id: leftOutId(layer),
        kind: 'neuron_rest',
        layer,
        norm: NaN,
        reading: null,
        label: '',
        count: parts.reduce((sum, { count }) => sum + (count ?? 1), 0),
        ...(shares.length > 0 && { share: shares.reduce((sum, share) => sum + share, 0) }),
      };
      return [layer, node] as const;
    }),
  );
}
