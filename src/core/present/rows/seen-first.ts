/** Which nodes of a graph are seen first: those that have a row in a large room, before anything is unfolded. */
import type { FlowGraph, FlowNode } from '../../format/flow-graph';
import { assertNever } from '../../problem';
import { chooseRows, type Row, type RowBlock } from './choose-rows';
import type { RowOptions } from './row-options';
import type { Unit } from './units';

/** As large as a panel may be: what is read in vain costs less than what is missing. */
const ROOM: RowOptions = { width: 1200, height: 1000, aside: false, kept: 1, by: 'share', pinned: new Set(), unfolded: new Set() };

/** See the head of this file. */
export function seenFirst(graph: Pick<FlowGraph, 'nodes' | 'layers'>): Set<string> {
  const { before, blocks } = chooseRows(graph, ROOM);
  return new Set([...before, ...blocks.flatMap(nodesOf)].map(({ id }) => id));
}

function nodesOf(block: RowBlock): FlowNode[] {
  if (block.kind === 'detailed') return [...block.attention, ...block.feedForward].flatMap(nodesOfRow);
  const { units, stream } = block.layer;
  return [...units.flatMap(nodesOfUnit), ...(stream ? [stream] : [])];
}

function nodesOfUnit({ node, reads }: Unit): FlowNode[] {
  return reads ? [node, reads] : [node];
}

function nodesOfRow(row: Row): FlowNode[] {
  switch (row.kind) {
    case 'unit':
      return nodesOfUnit(row.unit);
    case 'others':
      return [];
    case 'stream':
    case 'out':
      return [row.node];
    default:
      return assertNever(row);
  }
}
