/**
 * What of a flow graph has a row of its own where a layer is drawn upright: its summands. A head stands for its query, keys, values and
 * rows of W_O, a neuron for its key and value; norms and queries are left to the drawing of the whole circuit.
 */
import type { KeepBy } from '../../analyse/attribution';
import type { FlowGraph, FlowNode } from '../../format/flow-graph';
import { nodeId } from '../../format/node-id';
import { NODE_KINDS, type NodeKind } from '../../format/node-kinds';

/** The two branches of a block. */
export type Branch = 'attention' | 'feedForward';

/** A summand of a branch: a head, a neuron, a bias, a value patched by an intervention, or a whole feed-forward layer. */
export interface Unit {
  readonly node: FlowNode;
  readonly branch: Branch;
  /** what comes before it: the source of a head that matters most, or what makes a neuron fire; null: nothing */
  readonly reads: FlowNode | null;
}

/** One layer as far as rows show it. */
export interface LayerUnits {
  readonly layer: number;
  /** summands of attention, then of the feed-forward layer, strongest first; without the rests */
  readonly units: readonly Unit[];
  /** what the graph itself gathers: the heads and neurons that it does not hold */
  readonly rests: readonly FlowNode[];
  readonly attentionOut: FlowNode | null;
  readonly feedForwardOut: FlowNode | null;
  /** the stream between the branches; null in a parallel block */
  readonly middle: FlowNode | null;
  readonly leaving: FlowNode;
}

/** The graph as far as rows show it. */
export interface GraphUnits {
  /** embeddings, where they are drawn, and the stream that enters the first layer */
  readonly before: readonly FlowNode[];
  readonly layers: readonly LayerUnits[];
}

/** How much a node matters: |share| or |effect|; 0 where it has none. */
export function sizeOf({ share = 0, effect }: FlowNode, by: KeepBy): number {
  return Math.abs(by === 'share' ? share : (effect?.value ?? 0));
}

/** Takes a graph apart. Where no summand has a share or an effect, they stay in the order of the graph, by norm. */
export function unitsOf({ nodes, layers }: Pick<FlowGraph, 'nodes' | 'layers'>, by: KeepBy = 'share'): GraphUnits {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const inLayer = new Map<number, FlowNode[]>(layers.map((layer) => [layer, []]));
  for (const node of nodes) inLayer.get(node.layer)?.push(node);
  return {
    before: nodes.filter(({ kind }) => kind === 'embed' || kind === 'pos_embed' || kind === 'resid_pre'),
    layers: [...inLayer].flatMap(([layer, own]): LayerUnits[] => {
      const leaving = byId.get(nodeId.residPost(layer));
      if (leaving === undefined) return [];
      const strongest = (units: Unit[]): Unit[] => units.sort((a, b) => sizeOf(b.node, by) - sizeOf(a.node, by));
      return [
        {
          layer,
          units: [...strongest(attentionOf(own, by)), ...strongest(feedForwardOf(own, byId))],
          rests: own.filter(({ kind }) => kind === 'heads_rest' || kind === 'neuron_rest'),
          attentionOut: byId.get(nodeId.attnOut(layer)) ?? null,
          feedForwardOut: byId.get(nodeId.mlpOut(layer)) ?? null,
          middle: byId.get(nodeId.residMid(layer)) ?? null,
          leaving,
        },
      ];
    }),
  };
}

/** Summands of a branch besides heads and neurons. */
const OF_ATTENTION: ReadonlySet<NodeKind> = new Set<NodeKind>(['attn_bias', 'attn_update', 'attn_patch']);
const OF_FEED_FORWARD: ReadonlySet<NodeKind> = new Set<NodeKind>(['mlp_bias_out', 'mlp_update', 'mlp_patch', 'expert_patch']);

function attentionOf(own: readonly FlowNode[], by: KeepBy): Unit[] {
  const sources = new Map<number, FlowNode[]>();
  for (const node of own)
    if (node.kind === 'head_value' && node.head !== undefined) sources.set(node.head, [...(sources.get(node.head) ?? []), node]);
  const strongestSource = (head: number): FlowNode | null => {
    const read = sources.get(head) ?? [];
    // Sources are in the order of attention: the first is taken where none matters more.
    return read.reduce<FlowNode | null>((best, node) => (best === null || sizeOf(node, by) > sizeOf(best, by) ? node : best), null);
  };
  return own.flatMap((node): Unit[] => {
    if (node.kind === 'head_out')
      return [{ node, branch: 'attention', reads: node.head === undefined ? null : strongestSource(node.head) }];
    return OF_ATTENTION.has(node.kind) ? [{ node, branch: 'attention', reads: null }] : [];
  });
}

function feedForwardOf(own: readonly FlowNode[], byId: ReadonlyMap<string, FlowNode>): Unit[] {
  return own.flatMap((node): Unit[] => {
    if (node.kind === 'neuron_value') {
      const key = byId.get(`${node.id}.key`);
      return [{ node, branch: 'feedForward', reads: key ?? null }];
    }
    return OF_FEED_FORWARD.has(node.kind) ? [{ node, branch: 'feedForward', reads: null }] : [];
  });
}

/** Whether a unit stays whatever its size: it was changed, or is pinned, it or what stands for it. */
export function isHeld({ node, reads }: Unit, pinned: ReadonlySet<string>): boolean {
  return (
    node.intervention !== undefined ||
    NODE_KINDS[node.kind].role === 'patch' ||
    pinned.has(node.id) ||
    (reads !== null && (pinned.has(reads.id) || reads.intervention !== undefined))
  );
}

/**
 * The units that account for a fraction of Σ |share|, or |effect|, of all summands, rests included: the largest that together reach it.
 * What a rest brings counts as reached, but a rest is not a unit.
 */
export function unitsForShare(units: readonly Unit[], rests: readonly FlowNode[], fraction: number, by: KeepBy): ReadonlySet<Unit> {
  const kept = new Set<Unit>();
  if (fraction >= 1) return new Set(units);
  const ranked = [
    ...units.map((unit) => ({ unit, size: sizeOf(unit.node, by) })),
    ...rests.map((rest) => ({ unit: null, size: sizeOf(rest, by) })),
  ].sort((a, b) => b.size - a.size);
  const wanted = fraction * ranked.reduce((total, { size }) => total + size, 0);
  let reached = 0;
  for (const { unit, size } of ranked) {
    if (reached >= wanted) break;
    reached += size;
    if (unit !== null) kept.add(unit);
  }
  return kept;
}
