/** Which edge the pointer means. */
import type { FlowEdge } from '#core/format/flow-graph';
import { segmentsOf, type GraphLayout, type Segment } from '#core/present/layout';

/** The edge nearest to a point; null when none is within `radius` (all in graph units). */
export function nearestEdge(edges: readonly FlowEdge[], layout: GraphLayout, x: number, y: number, radius: number): FlowEdge | null {
  let best: FlowEdge | null = null;
  let least = radius;
  for (const edge of edges) {
    for (const segment of segmentsOf(layout, edge)) {
      const away = distance(segment, x, y);
      // Where edges run along the same rail the heavier one is meant.
      if (away > least || (away === least && best !== null && edge.weight <= best.weight)) continue;
      best = edge;
      least = away;
    }
  }
  return best;
}

/** Distance from a point to a straight piece. */
function distance({ x1, y1, x2, y2 }: Segment, x: number, y: number): number {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length));
  return Math.hypot(x - x1 - along * dx, y - y1 - along * dy);
}
