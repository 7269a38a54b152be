/** The list "what changed": the nodes of a comparison by how much they differ. */
import { NODE_KINDS } from '../format/node-kinds';
import type { Comparison, NodeChange, NodeDifference } from '../format/comparison';
import { unionNodes } from './union';

/** What the list can be sorted by. */
export type Measure = keyof NodeDifference;

/** The order in which the list opens: what drives the two predictions apart comes first. */
export const DEFAULT_MEASURE: Measure = 'contrast';

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
 * @param gathered true: with the residual stream, the norms, the blocks' sums, rows of W_O and what is gathered in rests
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
      return size !== null && size > 0 && (gathered || !NODE_KINDS[union[i].kind].gathers) ? [{ change, size }] : [];
    })
    .sort((a, b) => b.size - a.size)
    .map(({ change }) => change);
}
