/** One layout for two graphs: the union is laid out once, and each side is drawn at the places of its own nodes. */
import { layoutGraph, type GraphLayout } from './layout';
import type { Comparison, Side } from '../format/comparison';
import { unionNodes } from '../compare/union';

/** Places of all nodes, by their ids in the comparison. Swapping the sides moves nothing. */
export function layoutComparison(comparison: Pick<Comparison, 'left' | 'right' | 'nodes' | 'alignment'>): GraphLayout {
  return layoutGraph({ nodes: unionNodes(comparison) });
}

/** From the ids of one side's graph to those of the comparison. */
export function idsInComparison({ nodes }: Pick<Comparison, 'nodes'>, side: Side): Map<string, string> {
  return new Map(
    nodes.flatMap((change) => {
      const own = change[side];
      return own === null ? [] : [[own, change.id] as const];
    }),
  );
}
