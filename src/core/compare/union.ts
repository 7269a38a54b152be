/**
 * The nodes of two graphs as one list of pairs. Nodes are paired by what they are; sources of a head by the alignment of
 * the two prompts.
 */
import type { FlowGraph, FlowNode, NodeKind } from '../format/flow-graph';
import { DRAWING_ORDER } from '../format/node-kinds';
import { nodeId } from '../format/node-id';
import { counterparts } from './align-tokens';
import type { Alignment, Comparison } from '../format/comparison';

/** A node of the union, as each side has it. At least one side has. */
export interface Pair {
  readonly left: FlowNode | null;
  readonly right: FlowNode | null;
}

/** The id that a node's twin has in the other graph; null where the other prompt has no such token. */
export function twinId(node: FlowNode, counterpart: readonly (number | null)[]): string | null {
  if (node.source === undefined || node.head === undefined) return node.id;
  const source = counterpart[node.source] ?? null;
  if (source === null) return null;
  return (node.kind === 'head_key' ? nodeId.headKey : nodeId.headValue)(node.layer, node.head, source);
}

/** All nodes of both graphs, twins together, in an order that does not depend on which graph is left. */
export function pairNodes(left: FlowGraph, right: FlowGraph, alignment: Alignment): Pair[] {
  const counterpart = counterparts(alignment, 'left');
  const rightNodes = new Map(right.nodes.map((node) => [node.id, node]));
  const pairs: Pair[] = left.nodes.map((node) => {
    const twin = rightNodes.get(twinId(node, counterpart) ?? '') ?? null;
    if (twin) rightNodes.delete(twin.id);
    return { left: node, right: twin };
  });
  for (const node of rightNodes.values()) pairs.push({ left: null, right: node });
  return inOrder(pairs, left.tokens.length, right.tokens.length);
}

/** Block by block, stage by stage; within a stage the most important first, measured over both sides. */
function inOrder(pairs: readonly Pair[], leftTokens: number, rightTokens: number): Pair[] {
  const reach = new Map<string, number>();
  const pull = new Map<string, number>();
  for (const pair of pairs) {
    const { kind, layer, head, neuron } = either(pair);
    if (kind === 'head_out')
      reach.set(
        `${layer}.${head}`,
        larger(pair, (node) => node.norm),
      );
    if (kind === 'o_neuron' || kind === 'neuron_value')
      pull.set(
        `${group(kind)}.${layer}.${neuron}`,
        mean(pair, (node) => (node.coefficient ?? 0) * node.norm),
      );
  }
  const fromEnd = ({ left, right }: Pair): number =>
    Math.min(left ? leftTokens - (left.source ?? 0) : Infinity, right ? rightTokens - (right.source ?? 0) : Infinity);
  const keys = (pair: Pair): number[] => {
    const { kind, layer, head = 0, neuron = 0 } = either(pair);
    return [
      layer,
      STAGE.get(kind) ?? 0,
      IN_HEADS.has(kind) ? -(reach.get(`${layer}.${head}`) ?? 0) : 0,
      head,
      -(pull.get(`${group(kind)}.${layer}.${neuron}`) ?? 0),
      neuron,
      -larger(pair, (node) => node.attention ?? 0),
      fromEnd(pair),
    ];
  };
  return pairs
    .map((pair) => ({ pair, keys: keys(pair) }))
    .sort((a, b) => a.keys.map((key, i) => key - b.keys[i]).find((by) => by !== 0) ?? 0)
    .map(({ pair }) => pair);
}

const STAGE = new Map(DRAWING_ORDER.map((kind, i) => [kind, i]));
const IN_HEADS: ReadonlySet<NodeKind> = new Set(['head_query', 'head_key', 'head_value', 'head_rest', 'head_out']);
const group = (kind: NodeKind): 'rows' | 'neurons' | null =>
  kind === 'o_neuron' ? 'rows' : kind === 'neuron_key' || kind === 'neuron_value' ? 'neurons' : null;

/** The node of whichever side has it: for what both sides have alike. */
export function either({ left, right }: Pair): FlowNode {
  const node = left ?? right;
  if (!node) throw new RangeError('a pair without nodes');
  return node;
}

function both({ left, right }: Pair, of: (node: FlowNode) => number): number[] {
  return [left, right].flatMap((node) => (node ? [of(node)] : []));
}
const larger = (pair: Pair, of: (node: FlowNode) => number): number => Math.max(...both(pair, of));
const mean = (pair: Pair, of: (node: FlowNode) => number): number => {
  const values = both(pair, of);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
};

/**
 * The nodes of a comparison as one graph's: every node once, under its id in the comparison, in the order in which they
 * are laid out. What differs is taken from the left side where there is one; `source` is the index of the aligned pair.
 */
export function unionNodes({ left, right, nodes, alignment }: Pick<Comparison, 'left' | 'right' | 'nodes' | 'alignment'>): FlowNode[] {
  const leftNodes = new Map(left.nodes.map((node) => [node.id, node]));
  const rightNodes = new Map(right.nodes.map((node) => [node.id, node]));
  const pairOf = { left: new Map<number | null, number>(), right: new Map<number | null, number>() };
  alignment.forEach(([l, r], i) => {
    pairOf.left.set(l, i);
    pairOf.right.set(r, i);
  });
  return nodes.map((change) => {
    const leftNode = leftNodes.get(change.left ?? '') ?? null;
    const node = either({ left: leftNode, right: rightNodes.get(change.right ?? '') ?? null });
    if (node.source === undefined) return { ...node, id: change.id };
    return { ...node, id: change.id, source: pairOf[leftNode ? 'left' : 'right'].get(node.source) ?? node.source };
  });
}
