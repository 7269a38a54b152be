/** What differs between two graphs of one model, node by node and edge by edge. */
import { Problem } from '../problem';
import type { FlowEdge, FlowGraph, FlowNode } from '../format/flow-graph';
import { alignTokens } from './align-tokens';
import type { Alignment, Comparison, EdgeChange, NodeChange, NodeDifference } from '../format/comparison';
import { NODE_KINDS } from '../format/node-kinds';
import { pairNodes, type Pair } from './union';
import { idOfPair } from '../format/node-id';

/** What only the passes themselves can tell of a pair; without it the graphs' own numbers are compared. */
export interface PassEvidence {
  /** ids of nodes that a side draws only because the other side's ranking chose their twins */
  readonly drawnForTwin: { readonly left: ReadonlySet<string>; readonly right: ReadonlySet<string> };
  /** compares what the two nodes write; a side that has no such node writes nothing */
  readonly written: (left: string | null, right: string | null) => Pick<NodeDifference, 'distance' | 'contrast'>;
}

/**
 * Pairs the nodes and edges of two graphs and takes their differences, right minus left. Two equal graphs differ by 0 in
 * everything; swapping the graphs turns every sign.
 *
 * @throws Problem `bad-request` when the graphs are of different models or draw different layers
 */
export function compareGraphs(
  left: FlowGraph,
  right: FlowGraph,
  evidence?: PassEvidence,
): Pick<Comparison, 'alignment' | 'nodes' | 'edges'> {
  requireSameModel(left, right);
  const alignment: Alignment = alignTokens(
    left.tokens.map(({ id }) => id),
    right.tokens.map(({ id }) => id),
  );
  const pairs = pairNodes(left, right, alignment);
  const nodes = pairs.map((pair) => nodeChange(pair, evidence));
  return { alignment, nodes, edges: edgeChanges(left.edges, right.edges, nodes) };
}

function requireSameModel(left: FlowGraph, right: FlowGraph): void {
  if (JSON.stringify(left.model) !== JSON.stringify(right.model)) {
    throw new Problem(
      'bad-request',
      `Graphs of ${left.model.name} and ${right.model.name} cannot be compared.`,
      'Compare two passes of one model.',
    );
  }
  if (left.layers.join() !== right.layers.join()) {
    throw new Problem('bad-request', 'The two graphs draw different layers.', 'Draw the same layers of both.');
  }
}

function nodeChange(pair: Pair, evidence: PassEvidence | undefined): NodeChange {
  const left = pair.left?.id ?? null;
  const right = pair.right?.id ?? null;
  return {
    id: idOfPair(left, right),
    left,
    right,
    chosen: chosenBy(left, right, evidence),
    change: {
      ...(pair.left && pair.right ? nodeDifference(pair.left, pair.right) : {}),
      ...evidence?.written(left, right),
    },
  };
}

function chosenBy(left: string | null, right: string | null, evidence: PassEvidence | undefined): NodeChange['chosen'] {
  const byLeft = left !== null && !evidence?.drawnForTwin.left.has(left);
  const byRight = right !== null && !evidence?.drawnForTwin.right.has(right);
  return byLeft === byRight ? 'both' : byLeft ? 'left' : 'right';
}

/** Right minus left of every number that both nodes have. */
function nodeDifference(left: FlowNode, right: FlowNode): NodeDifference {
  const l = left.reading;
  const r = right.reading;
  return {
    ...(l && r
      ? {
          rank: Math.log10(l.target.rank) - Math.log10(r.target.rank),
          probability: r.target.probability - l.target.probability,
          logit: r.target.logit - l.target.logit,
          overlap: jaccard(
            l.top.map(({ id }) => id),
            r.top.map(({ id }) => id),
          ),
        }
      : {}),
    norm: right.norm - left.norm,
    ...minus('share', left.share, right.share),
    ...minus('effect', effectOf(left), effectOf(right)),
    ...minus('attention', left.attention, right.attention),
    ...minus('coefficient', left.coefficient, right.coefficient),
  };
}

/** The stream is not a component: switching it off has no sensible meaning. */
function effectOf({ kind, effect }: FlowNode): number | undefined {
  return NODE_KINDS[kind].role === 'stream' ? undefined : effect?.value;
}

function minus<K extends string>(name: K, left: number | undefined, right: number | undefined): { [key in K]?: number } {
  return left === undefined || right === undefined ? {} : ({ [name]: right - left } as { [key in K]?: number });
}

/** |A ∩ B| / |A ∪ B|; two empty lists are the same. */
export function jaccard(a: readonly number[], b: readonly number[]): number {
  const left = new Set(a);
  const right = new Set(b);
  const common = [...left].filter((id) => right.has(id)).length;
  const all = left.size + right.size - common;
  return all === 0 ? 1 : common / all;
}

/** Edges are twins when both their ends are. */
function edgeChanges(left: readonly FlowEdge[], right: readonly FlowEdge[], nodes: readonly NodeChange[]): EdgeChange[] {
  const shared = { left: new Map<string, string>(), right: new Map<string, string>() };
  const order = new Map<string, number>();
  nodes.forEach((change, i) => {
    order.set(change.id, i);
    if (change.left !== null) shared.left.set(change.left, change.id);
    if (change.right !== null) shared.right.set(change.right, change.id);
  });
  const union = new Map<string, { from: string; to: string; left: FlowEdge | null; right: FlowEdge | null }>();
  const gather = (side: 'left' | 'right', edges: readonly FlowEdge[]): void => {
    for (const edge of edges) {
      const from = shared[side].get(edge.from) ?? edge.from;
      const to = shared[side].get(edge.to) ?? edge.to;
      const key = `${from} → ${to}`;
      const entry = union.get(key) ?? { from, to, left: null, right: null };
      union.set(key, { ...entry, [side]: edge });
    }
  };
  gather('left', left);
  gather('right', right);
  const place = (id: string): number => order.get(id) ?? 0;
  return [...union]
    .sort(([, a], [, b]) => place(a.from) - place(b.from) || place(a.to) - place(b.to))
    .map(([id, { from, to, left: l, right: r }]) => ({
      id,
      from,
      to,
      left: l?.id ?? null,
      right: r?.id ?? null,
      weight: signed(r) - signed(l),
      ...(l?.attention === undefined && r?.attention === undefined ? {} : { attention: (r?.attention ?? 0) - (l?.attention ?? 0) }),
    }));
}

const signed = (edge: FlowEdge | null): number => (edge ? edge.sign * edge.weight : 0);
