/** The nodes of a flow graph as comma-separated values (RFC 4180): one line a node, for spreadsheets and data frames. */
import { NODE_KINDS } from '../format/node-kinds';
import type { FlowGraph } from '../format/flow-graph';
import { csvLine } from '../insight/active-neurons-csv';
import { showToken } from '../text/token-text';

import { nodeName } from './describe';

const HEAD = ['id', 'layer', 'name', 'kind', 'reads as', 'target rank', 'target probability', 'entropy', 'norm', 'share', 'effect'];

/** See the head of this file. Fields that a node does not have are empty; `reads as` lists tokens, the most likely first. */
export function nodesCsv(graph: FlowGraph): string {
  const rows = graph.nodes.map((node) => [
    node.id,
    node.layer,
    nodeName(node, graph),
    NODE_KINDS[node.kind].role,
    (node.reading?.top ?? []).map(showToken).join(' '),
    node.reading?.target.rank ?? '',
    node.reading?.target.probability ?? '',
    node.reading?.entropy ?? '',
    node.norm,
    node.share ?? '',
    node.effect?.value ?? '',
  ]);
  return [HEAD, ...rows].map(csvLine).join('');
}
