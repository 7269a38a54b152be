/** How much is attended, written at the end of an edge where there is room for it: a figure of 11 pixels, from a tenth on. */
import type { EdgeKind, FlowEdge } from '#core/format/flow-graph';
import { NODE_KINDS } from '#core/format/node-kinds';
import { segmentsOf } from '#core/present/layout';
import type { Theme } from '../lib/theme/theme';
import { formatProbability } from '../lib/format/number';
import type { ShownGraph } from '../state/shown-graph';
import { LEAST_TEXT } from './node-paint';
import type { Surface } from './surface';

/** Less attention than this is not written. */
const LEAST_ATTENTION = 0.1;
/** Between the figure and the box that the edge enters, and around it, in pixels. */
const SPACE = { end: 3, around: 2 } as const;

/** What is seen, in graph units. */
export interface Seen {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Whether an edge has a figure: it leads from a head's query to what the head reads. */
function isRead({ kind, attention, from }: FlowEdge, { nodes }: ShownGraph): boolean {
  const role = NODE_KINDS[nodes.get(from)?.kind ?? 'embed'].role;
  return kind === 'attention' && attention !== undefined && attention >= LEAST_ATTENTION && role === 'query';
}

/**
 * Writes the figures. An upright drawing has them in its boxes.
 *
 * @param scale pixels per graph unit
 * @param edges those that are brought forward; null: all
 * @param seen null: everything
 */
export function drawEdgeFigures(
  ctx: Surface,
  shown: ShownGraph,
  {
    scale,
    theme,
    hidden,
    edges,
    seen,
  }: {
    readonly scale: number;
    readonly theme: Theme;
    readonly hidden: readonly EdgeKind[];
    readonly edges: readonly FlowEdge[] | null;
    readonly seen: Seen | null;
  },
): void {
  if (shown.layout.upright !== undefined || hidden.includes('attention')) return;
  const size = LEAST_TEXT / scale;
  ctx.font = `${size}px ${theme.font}`;
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  for (const edge of edges ?? shown.graph.edges) {
    if (!isRead(edge, shown)) continue;
    const [{ x1, x2, y2 } = { x1: 0, x2: 0, y2: 0 }] = segmentsOf(shown.layout, edge);
    if (seen !== null && (x2 < seen.left || x1 > seen.right || y2 < seen.top || y2 > seen.bottom)) continue;
    const text = formatProbability(edge.attention ?? 0);
    const { width } = ctx.measureText(text);
    const [end, around] = [SPACE.end / scale, SPACE.around / scale];
    if (width + end + 2 * around > x2 - x1) continue;
    ctx.fillStyle = theme.background;
    ctx.fillRect(x2 - end - width - around, y2 - size / 2, width + 2 * around, size);
    ctx.fillStyle = theme.foreground;
    ctx.fillText(text, x2 - end, y2 + 0.5);
  }
}
