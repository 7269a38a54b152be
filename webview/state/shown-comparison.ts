/** Two passes as the page draws them: each side under the ids of the comparison, and both merged into one graph. */
import type { Comparison, NodeChange, Side } from '#core/format/comparison';
import { idsInComparison, layoutComparison } from '#core/present/comparison-layout';
import { isWhatIf, sideWords, type SideWords } from '#core/present/side-words';
import { unionNodes } from '#core/compare/union';
import { shareOfInWords } from '#core/present/describe';
import type { FlowEdge, FlowGraph, PromptToken } from '#core/format/flow-graph';
import type { InsightPlace } from '#core/protocol/insight-scope';
import type { HostMessage, PromptOrigin } from '#core/protocol/inspector';
import type { CompareRequest, ViewRequest } from '#core/protocol/view-request';
import { showToken } from '#core/text/token-text';
import { heaviestByKind } from '../lib/colour/edge-style';
import { scaleOf, type ColourBy, type Scale } from '../lib/colour/scales';
import { edgesByNode, type ShownGraph } from './shown-graph';

export const SIDES = ['left', 'right'] as const satisfies readonly Side[];

/** One side, or both drawn as one. */
export type Pane = Side | 'merged';

/** A comparison and all that follows from it alone. The nodes of all panes have the comparison's ids. */
export interface ShownComparison extends Readonly<Record<Pane, ShownGraph>> {
  readonly comparison: Comparison;
  readonly request: CompareRequest;
  readonly changes: ReadonlyMap<string, NodeChange>;
  /** one prompt before and after an intervention */
  readonly whatIf: boolean;
  readonly words: Readonly<Record<Side, SideWords>>;
  /** for each position of a side its counterpart on the other */
  readonly counterpart: Readonly<Record<Side, ReadonlyMap<number, number>>>;
}

/** What the two sides are called: A and B; before and after where a what-if is shown. */
export function wordsOf({ compared }: { readonly compared: ShownComparison | null }): Readonly<Record<Side, SideWords>> {
  return compared?.words ?? sideWords(null);
}

/** Whether a comparison has no effects yet: they are asked for once they are seen. */
export function areAwaited({ comparison: { left, right } }: Pick<ShownComparison, 'comparison'>): boolean {
  return left.effects === undefined || right.effects === undefined;
}

export function otherSide(side: Side): Side {
  return side === 'left' ? 'right' : 'left';
}

/** Prepares a comparison for drawing. */
export function prepareComparison({
  comparison,
  fingerprint,
  request,
  origins,
}: Extract<HostMessage, { type: 'comparison' }>): ShownComparison {
  const layout = layoutComparison(comparison);
  const placed = unionNodes(comparison);
  const scale = commonScale(comparison);
  const left = withComparisonIds(comparison, 'left');
  const right = withComparisonIds(comparison, 'right');
  const pane = (graph: FlowGraph, edges: readonly FlowEdge[], side: Side): ShownGraph => ({
    graph,
    fingerprint,
    request: sideRequest(request, side),
    origin: originOf(origins, side),
    layout,
    placed,
    scale,
    heaviest: heaviestByKind(edges),
    nodes: new Map(graph.nodes.map((node) => [node.id, node])),
    edgesOf: edgesByNode(graph),
  });
  const both = [...left.edges, ...right.edges];
  const merged = mergedGraph(comparison);
  const pairs = comparison.alignment.flatMap(([l, r]) => (l === null || r === null ? [] : [[l, r] as const]));
  return {
    comparison,
    request,
    left: pane(left, both, 'left'),
    right: pane(right, both, 'right'),
    merged: pane(merged, merged.edges, 'left'),
    whatIf: isWhatIf(comparison),
    words: sideWords(comparison),
    changes: new Map(comparison.nodes.map((change) => [change.id, change])),
    counterpart: { left: new Map(pairs), right: new Map(pairs.map(([l, r]) => [r, l])) },
  };
}

/** What insights into a comparison are of. */
export function comparedPlace({ comparison, left }: ShownComparison): InsightPlace {
  return { comparison, fingerprint: left.fingerprint };
}

/** The request of one side, as the parts that show a single graph know it. */
export function sideRequest({ layers, counts, measure, baseline, effects, ...request }: CompareRequest, side: Side): ViewRequest {
  return { ...request[side], layers, counts, measure, baseline, effects };
}

function originOf(origins: Readonly<Record<Side, PromptOrigin>>, side: Side): PromptOrigin {
  return origins[side];
}

function withComparisonIds(comparison: Comparison, side: Side): FlowGraph {
  const graph = comparison[side];
  const ids = idsInComparison(comparison, side);
  const id = (own: string): string => ids.get(own) ?? own;
  return {
    ...graph,
    nodes: graph.nodes.map((node) => ({ ...node, id: id(node.id) })),
    edges: graph.edges.map((edge) => ({ ...edge, from: id(edge.from), to: id(edge.to), id: `${id(edge.from)} → ${id(edge.to)}` })),
  };
}

/** Every node once; an edge weighs what it changes by. Positions are those of the aligned pairs. */
function mergedGraph(comparison: Comparison): FlowGraph {
  const { left, right, alignment, edges } = comparison;
  const edgesOf = { left: new Map(left.edges.map((edge) => [edge.id, edge])), right: new Map(right.edges.map((edge) => [edge.id, edge])) };
  return {
    ...left,
    tokens: alignment.map(([l, r]) => pairedToken(l === null ? undefined : left.tokens[l], r === null ? undefined : right.tokens[r])),
    position: Math.max(
      0,
      alignment.findIndex(([l]) => l === left.position),
    ),
    nodes: unionNodes(comparison),
    edges: edges.flatMap((change): FlowEdge[] => {
      const edge = edgesOf.left.get(change.left ?? '') ?? edgesOf.right.get(change.right ?? '');
      if (edge === undefined) return [];
      return [
        {
          id: change.id,
          from: change.from,
          to: change.to,
          kind: edge.kind,
          weight: Math.abs(change.weight),
          sign: change.weight < 0 ? -1 : 1,
        },
      ];
    }),
  };
}

function pairedToken(left: PromptToken | undefined, right: PromptToken | undefined): PromptToken {
  const one = left ?? right;
  if (one === undefined) return { id: 0, text: '', start: 0, end: 0 };
  if (left === undefined || right === undefined || left.id === right.id) return one;
  return { id: left.id, text: `${left.text}|${right.text}`, start: left.start, end: left.end };
}

/** Both sides are coloured alike, so that equal colours are equal numbers. */
function commonScale({ left, right }: Comparison): (by: ColourBy) => Scale {
  const both = { ...left, nodes: [...left.nodes, ...right.nodes], stream: [...left.stream, ...right.stream] };
  const either = (name: (graph: FlowGraph) => string): string => [...new Set([left, right].map(name))].join(' | ');
  const names = { target: either(({ target }) => showToken(target)), share: either(shareOfInWords) };
  return (by) => scaleOf(both, by, names);
}
