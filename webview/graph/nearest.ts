/** Which node the pointer means. */
import type { PlacedNode } from '#core/present/layout';

/** The node nearest to a point; null when none is within `radius` (all in graph units). */
export type NearestNode = (x: number, y: number, radius: number) => PlacedNode | null;

/** The nodes of one column, and how far they reach. */
interface Column {
  readonly left: number;
  readonly right: number;
  readonly nodes: readonly PlacedNode[];
}

/** Prepares the search: a pointer that moves then asks only the columns that it is near. */
export function nearestNodeOf(nodes: Iterable<PlacedNode>): NearestNode {
  const byColumn = new Map<number, PlacedNode[]>();
  for (const node of nodes) {
    const column = byColumn.get(node.column);
    if (column === undefined) byColumn.set(node.column, [node]);
    else column.push(node);
  }
  const columns = Array.from(byColumn.values(), (inColumn): Column => ({
    left: Math.min(...inColumn.map(({ x, width }) => x - width / 2)),
    right: Math.max(...inColumn.map(({ x, width }) => x + width / 2)),
    nodes: inColumn,
  }));
  return (x, y, radius) => {
    const near = columns.filter(({ left, right }) => x >= left - radius && x <= right + radius);
    return nearestOf(
      near.flatMap((column) => column.nodes),
      x,
      y,
      radius,
    );
  };
}

function nearestOf(nodes: readonly PlacedNode[], x: number, y: number, radius: number): PlacedNode | null {
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

/** Distance from a point to a box, 0 inside. */
function distance(node: PlacedNode, x: number, y: number): number {
  const dx = Math.max(0, Math.abs(x - node.x) - node.width / 2);
  const dy = Math.max(0, Math.abs(y - node.y) - node.height / 2);
  return Math.hypot(dx, dy);
}
