/** What of a drawing is in sight, and how much of it is drawn there. */
import { LAYOUT, type GraphLayout, type PlacedNode, type Segment } from '#core/present/layout';
import type { Box } from './camera';

/** Boxes of fewer pixels' height are drawn plainly, as they cannot be told apart by shape any more. */
const PLAIN_HEIGHT = 7;
/** Fewer nodes than these are drawn whole at any scale. */
const MANY_NODES = 600;

/**
 * `whole`: vis-network draws every box in sight with all that belongs to it, and each edge is a stroke of its own. `plain`: boxes are
 * areas in their colours, and edges that look nearly the same are one stroke.
 */
export type Detail = 'whole' | 'plain';

/** How much is drawn. @param scale pixels per graph unit */
export function detailAt({ nodes }: Pick<GraphLayout, 'nodes'>, scale: number): Detail {
  return nodes.size > MANY_NODES && LAYOUT.nodeHeight * scale < PLAIN_HEIGHT ? 'plain' : 'whole';
}

/** A box that reaches further by so much on every side. */
export function grown({ left, top, right, bottom }: Box, by: { readonly x: number; readonly y: number }): Box {
  return { left: left - by.x, top: top - by.y, right: right + by.x, bottom: bottom + by.y };
}

/** Whether all of one box is in another. */
export function contains(outer: Box, inner: Box): boolean {
  return outer.left <= inner.left && outer.top <= inner.top && outer.right >= inner.right && outer.bottom >= inner.bottom;
}

/** Whether any of a node is in a box. */
export function isNodeIn({ x, y, width, height }: PlacedNode, { left, top, right, bottom }: Box): boolean {
  return x + width / 2 >= left && x - width / 2 <= right && y + height / 2 >= top && y - height / 2 <= bottom;
}

/** Whether any of a straight piece may be in a box: the box around it is. @param width of its stroke */
export function isPieceIn({ x1, y1, x2, y2 }: Segment, width: number, { left, top, right, bottom }: Box): boolean {
  const reach = width / 2;
  return (
    Math.max(x1, x2) + reach >= left &&
    Math.min(x1, x2) - reach <= right &&
    Math.max(y1, y2) + reach >= top &&
    Math.min(y1, y2) - reach <= bottom
  );
}
