/** The list "what changed": the nodes of a comparison by how much they differ. */
import type { NodeKind } from '../format/flow-graph';
import type { Comparison, NodeChange, NodeDifference } from '../format/comparison';
import { unionNodes } from './union';

/** What the list can be sorted by. */
export type Measure = keyof NodeDifference;

/** The order in which the list opens: what drives the two predictions apart comes first. */
export const DEFAULT_MEASURE: Measure = 'contrast';

/** Sums, rests and norms, which change because what they gather changes. The list leaves them out unless asked. */
const GATHERED: ReadonlySet<NodeKind> = new Set([
  'resid_pre',
  'ln1',
  'q',
  'concat',
  'attn_out',
  'resid_mid',
  'ln2',
  'mlp_out',
  'resid_post',
  'head_rest',
  'heads_rest',
  'o_rest',
  'neuron_rest',
]);

/** How large a node's difference is by a measure, whatever its direction; null where the node has no such number. */
export function magnitude({ change }: NodeChange, by: Measure): number | null {
  const value = change[by];
  if (value === undefined) return null;
  return by === 'overlap' ? 1 - value : Math.abs(value);
}

/**
 * The nodes that differ, most first; nodes without the measure are left out, and so is what does not differ. Ties keep
 * the order of the drawing.
 *
 * @param gathered true: with the residual stream, the norms, the blocks' sums and what is gathered in rests
 */
export function whatChanged(
  comparison: Pick<Comparison, 'left' | 'right' | 'nodes' | 'alignment'>,
  by: Measure = DEFAULT_MEASURE,
  gathered = false,
): NodeChange[] {
  const union = unionNodes(comparison);
  return comparison.nodes
    .flatMap((change, i) => {
      const size = magnitude(change, by);
      return size !== null && size > 0 && (gathered || !GATHERED.has(union[i].kind)) ? [{ change, size }] : [];
    })
    .sort((a, b) => b.size - a.size)
    .map(({ change }) => change);
}
