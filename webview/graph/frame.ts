/**
 * Paints a frame: layer bands, all edges (faint while something is hovered), then for each node its outline and text; the
 * edges of what is hovered are drawn over the others and under every node; headings last.
 */
import type { Network } from 'vis-network/esnext';
import { segmentsOf, type GraphLayout, type Segment } from '#core/present/layout';
import type { EdgeStyle } from '../lib/colour/edge-style';
import { activeNeuronAt } from '../state/active-marks';
import type { Page } from '../state/page';
import { boundsOf } from './camera';
import { drawNode } from './draw-node';
import { drawEdgeFigures } from './edge-figures';
import { drawGroups, drawNumbers, isLegible } from './groups';
import { drawHeadings } from './headings';
import type { NodeRenderer } from './network-data';
import type { Scene } from './scene';
import type { Surface } from './surface';
import { DASHES } from './vis-edge';

/** A band reaches beyond its columns, and far beyond the graph at top and bottom; in graph units. */
export const BAND = { padding: 20, beyond: 4000 } as const;
/** Opacity of every other band. */
const BAND_OPACITY = [0.045, 0.085] as const;
/** Opacity of edges while others are brought forward, and the least of those. */
const EDGE_OPACITY = { dimmed: 0.25, forward: 0.75 } as const;

/** Paints bands, edges that are brought forward and headings around what the network draws; answers with what paints a node. */
export function paintFrames(page: Page, container: HTMLElement, network: Network, scene: Scene): NodeRenderer {
  let forwardDrawn = true;

  network.on('beforeDrawing', (ctx: CanvasRenderingContext2D) => {
    if (scene.shown === null) return;
    drawBands(ctx, scene.shown.layout, page.state().theme.foreground);
    forwardDrawn = false;
    ctx.globalAlpha = scene.forward === null ? 1 : EDGE_OPACITY.dimmed; // holds for the edges, which vis-network draws next
  });
  network.on('afterDrawing', (ctx: CanvasRenderingContext2D) => {
    if (scene.shown === null) return;
    const { clientWidth } = container;
    const ratio = ctx.canvas.width / Math.max(1, clientWidth);
    const toScreen = (x: number): number => network.canvasToDOM({ x, y: 0 }).x;
    ctx.save();
    ctx.globalAlpha = 1;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { layout } = scene.shown;
    const { theme } = page.state();
    const scale = network.getScale();
    const legible = isLegible(layout, scale);
    if (!legible) drawGroups(ctx, layout.groups, (x, y) => network.canvasToDOM({ x, y }), theme);
    if (layout.upright === undefined) drawHeadings(ctx, layout, clientWidth, toScreen, scale, theme, legible);
    else drawNumbers(ctx, layout.upright.rows, scale, (y) => network.canvasToDOM({ x: 0, y }), theme);
    ctx.restore();
  });

  const drawFigures = (ctx: CanvasRenderingContext2D): void => {
    if (scene.shown === null || !isLegible(scene.shown.layout, network.getScale())) return;
    const { theme, view } = page.state();
    const [from, to] = [
      { x: 0, y: 0 },
      { x: container.clientWidth, y: container.clientHeight },
    ].map((at) => network.DOMtoCanvas(at));
    const seen = from && to ? { left: from.x, top: from.y, right: to.x, bottom: to.y } : null;
    const edges = scene.forward?.edges ?? null;
    drawEdgeFigures(ctx, scene.shown, { scale: network.getScale(), theme, hidden: view.hiddenEdges, edges, seen });
  };
  const drawOne = (ctx: CanvasRenderingContext2D, id: string): void => {
    const paint = scene.paints.get(id);
    if (paint === undefined) return;
    const state = page.state();
    drawNode(ctx, paint, {
      scale: network.getScale(),
      theme: state.theme,
      labels: scene.labels,
      dimmed: scene.forward !== null && !scene.forward.nodes.has(id),
      always: activeNeuronAt(id, state) !== undefined,
      marked: id === state.hovered || state.view.pinned.includes(id),
    });
  };
  return ({ ctx, id }) => ({
    drawNode: () => {
      ctx.globalAlpha = 1;
      if (!forwardDrawn) {
        // The first node of a frame: all edges are drawn, no node is.
        forwardDrawn = true;
        drawForwardEdges(ctx, scene);
        drawFigures(ctx);
      }
      ctx.save();
      drawOne(ctx, id);
      ctx.restore();
    },
  });
}

/** A band beneath each layer. @param beyond how far it reaches beyond the graph at top and bottom */
export function drawBands(ctx: Surface, layout: GraphLayout, colour: string, beyond: number = BAND.beyond): void {
  if (layout.layers.length < 2) return; // a band tells a layer from the next
  const { top, bottom } = boundsOf(layout);
  layout.layers.forEach(({ x, width }, i) => {
    ctx.globalAlpha = BAND_OPACITY[i % 2 === 0 ? 0 : 1];
    ctx.fillStyle = colour;
    ctx.fillRect(x - width / 2 - BAND.padding, top - beyond, width + 2 * BAND.padding, bottom - top + 2 * beyond);
  });
  ctx.globalAlpha = 1;
}

function drawForwardEdges(ctx: Surface, { shown, forward, edgeStyles }: Scene): void {
  if (forward === null || shown === null) return;
  for (const edge of forward.edges) {
    const style = edgeStyles.get(edge.id);
    if (style === undefined) continue;
    const opacity = Math.max(EDGE_OPACITY.forward, style.opacity);
    drawEdge(ctx, segmentsOf(shown.layout, edge), { ...style, opacity, width: style.width + 1 });
  }
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

/** One edge, as the network draws it; leaves opacity and dashes changed. */
export function drawEdge(ctx: Surface, segments: readonly Segment[], { opacity, colour, width, dashed }: EdgeStyle): void {
  ctx.globalAlpha = opacity;
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dashed ? [...DASHES] : []);
  ctx.beginPath();
  for (const { x1, y1, x2, y2 } of segments) {
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
  }
  ctx.stroke();
}
