/**
 * The edges of a drawing, painted under what vis-network draws. It would hold each as an object of its own and look at all of them in every
 * frame: thousands of edges are what a frame costs.
 */
import type { EdgeKind } from '#core/format/flow-graph';
import { segmentsOf, type Segment } from '#core/present/layout';
import type { EdgeStyle } from '../lib/colour/edge-style';
import type { ShownGraph } from '../state/shown-graph';
import type { Box } from './camera';
import { DASHES } from './edge-styles';
import { isPieceIn, type Detail } from './seen';
import type { Surface } from './surface';

/** No stroke is thinner, in pixels. */
const THINNEST = 0.3;
/** Widths of one bundle differ by less than a step, in graph units, and so do opacities. */
const STEP = { width: 1, opacity: 0.15 } as const;

/** An edge as it is drawn. */
export interface DrawnEdge {
  readonly pieces: readonly Segment[];
  readonly style: EdgeStyle;
}

/** Edges that are one stroke where they are small. */
export interface EdgeBundle {
  readonly style: EdgeStyle;
  readonly pieces: readonly Segment[];
}

/** The edges of a graph that are drawn, prepared once for all frames. */
export interface EdgeLayer {
  readonly edges: readonly DrawnEdge[];
  readonly bundles: readonly EdgeBundle[];
}

/** What has a place and a look, and is not of a kind that is hidden. */
export function edgeLayer(
  { graph, layout }: Pick<ShownGraph, 'graph' | 'layout'>,
  styles: ReadonlyMap<string, EdgeStyle>,
  hidden: readonly EdgeKind[],
): EdgeLayer {
  const edges = graph.edges.flatMap((edge): DrawnEdge[] => {
    const style = styles.get(edge.id);
    if (style === undefined || hidden.includes(edge.kind)) return [];
    return [{ pieces: segmentsOf(layout, edge), style }];
  });
  return { edges, bundles: bundled(edges) };
}

/** Edges that look nearly the same together, each bundle in the middle of its looks. */
function bundled(edges: readonly DrawnEdge[]): EdgeBundle[] {
  const bundles = new Map<string, [DrawnEdge, ...DrawnEdge[]]>();
  for (const edge of edges) {
    const { colour, dashed, width, opacity } = edge.style;
    const key = `${colour} ${dashed} ${Math.round(width / STEP.width)} ${Math.round(opacity / STEP.opacity)}`;
    const bundle = bundles.get(key);
    if (bundle === undefined) bundles.set(key, [edge]);
    else bundle.push(edge);
  }
  return Array.from(bundles.values(), (of) => {
    const pieces = of.flatMap((edge) => edge.pieces);
    const mean = (figure: 'width' | 'opacity'): number => of.reduce((sum, { style }) => sum + style[figure], 0) / of.length;
    const { colour, dashed } = of[0].style;
    return { pieces, style: { colour, dashed, width: mean('width'), opacity: mean('opacity') } };
  });
}

/**
 * Draws the edges that are in sight; answers with how many strokes it took. Leaves the context's state changed.
 *
 * @param scale pixels per graph unit
 * @param faded part of their opacity that edges have
 */
export function drawEdgeLayer(
  ctx: Surface,
  { edges, bundles }: EdgeLayer,
  { seen, detail, scale, faded }: { readonly seen: Box; readonly detail: Detail; readonly scale: number; readonly faded: number },
): number {
  let strokes = 0;
  for (const { pieces, style } of detail === 'plain' ? bundles : edges) {
    const width = Math.max(style.width, THINNEST / scale);
    let begun = false;
    for (const piece of pieces) {
      if (!isPieceIn(piece, width, seen)) continue;
      if (!begun) ctx.beginPath();
      begun = true;
      ctx.moveTo(piece.x1, piece.y1);
      ctx.lineTo(piece.x2, piece.y2);
    }
    if (!begun) continue;
    strokes++;
    stroked(ctx, { ...style, width, opacity: style.opacity * faded }, detail);
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
  return strokes;
}

/** One edge by itself; leaves the context's state changed. */
export function drawEdge(ctx: Surface, pieces: readonly Segment[], style: EdgeStyle): void {
  ctx.beginPath();
  for (const { x1, y1, x2, y2 } of pieces) {
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
  }
  stroked(ctx, style, 'whole');
}

const DASHED = [...DASHES];
const SOLID: number[] = [];

function stroked(ctx: Surface, { opacity, colour, width, dashed }: EdgeStyle, detail: Detail): void {
  ctx.globalAlpha = opacity;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dashed && detail === 'whole' ? DASHED : SOLID); // in a plain drawing dashes are too small to be seen, and costly
  ctx.stroke();
}
