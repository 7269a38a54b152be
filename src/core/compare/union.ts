/**
 * The nodes of two graphs as one list of pairs. Nodes are paired by what they are; sources of a head by the alignment of
 * the two prompts.
 */
import type { FlowGraph, FlowNode } from '../format/flow-graph';
import { DRAWING_ORDER, NODE_KINDS, type NodeGroup, type NodeKind } from '../format/node-kinds';
import { idAtSource } from '../format/node-id';
import { counterparts } from './align-tokens';
import type { Alignment, Comparison } from '../format/comparison';

/** A node of the union, as each side has it. At least one side has. */
export interface Pair {
  readonly left: FlowNode | null;
  readonly right: FlowNode | null;
}

/** The id that a node's twin has in the other graph; null where the other prompt has no such token. */
export function twinId(node: FlowNode, counterpart: readonly (number | null)[]): string | null {
  if (node.source === undefined) return node.id;
  const source = counterpart[node.source] ?? null;
  if (source === null) return null;
  return idAtSource(node.id, node.source, source);
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
  const measured = new Map<string, number>();
  for (const pair of pairs) {
    const node = either(pair);
    const { group } = NODE_KINDS[node.kind];
    if (group !== undefined && MEASURES[group].of === node.kind) measured.set(memberOf(group, node), MEASURES[group].measure(pair));
  }
  const fromEnd = ({ left, right }: Pair): number =>
    Math.min(left ? leftTokens - (left.source ?? 0) : Infinity, right ? rightTokens - (right.source ?? 0) : Infinity);
  const keys = (pair: Pair): number[] => {
    const node = either(pair);
    const { kind, layer, head = 0, neuron = 0 } = node;
    const { group } = NODE_KINDS[kind];
    const measure = group === undefined ? 0 : (measured.get(memberOf(group, node)) ?? 0);
    return [
      layer,
      PLACE.get(kind) ?? 0,
      group === 'head' ? -measure : 0,
      head,
      group === 'head' ? 0 : -measure,
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

const PLACE = new Map(DRAWING_ORDER.map((kind, i) => [kind, i]));

/** What the members of a group are ordered by, and the kind of node that tells it. */
const MEASURES: Readonly<Record<NodeGroup, { readonly of: NodeKind; readonly measure: (pair: Pair) => number }>> = {
  head: { of: 'head_out', measure: (pair) => larger(pair, (node) => node.norm) },
  row: { of: 'o_neuron', measure: (pair) => mean(pair, pull) },
  neuron: { of: 'neuron_value', measure: (pair) => mean(pair, pull) },
};
const pull = ({ coefficient = 0, norm }: FlowNode): number => coefficient * norm;

/** Name of the member of a group that a node belongs to. */
function memberOf(group: NodeGroup, { layer, head, neuron, expert }: FlowNode): string {
  return `${group} ${layer}.${group === 'head' ? head : `${expert ?? ''}.${neuron}`}`;
}

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
