import type { PlacedNode } from '../../src/core/graph/layout';

/** Distance from a point to a box, 0 inside. */
function distance(node: PlacedNode, x: number, y: number): number {
  const dx = Math.max(0, Math.abs(x - node.x) - node.width / 2);
  const dy = Math.max(0, Math.abs(y - node.y) - node.height / 2);
  return Math.hypot(dx, dy);
}

/** The node nearest to a point, or null when none is within `radius` (all in graph units). */
export function nearestNode(nodes: Iterable<PlacedNode>, x: number, y: number, radius: number): PlacedNode | null {
  let best: PlacedNode | null = null;
  let least = radius;
  for (const node of nodes) {
    const away = distance(node, x, y);
    if (away > least || (away === least && best !== null)) continue;
    best = node;
    least = away;
    if (away === 0) break;
  }
  return best;
}
