/**
 * Paints a frame: layer bands, all edges (faint while something is hovered), over them the edges of what is hovered, then each node with
 * its outline and text; headings last. Only what is in sight is painted.
 */
import type { Network } from 'vis-network/esnext';
import { segmentsOf, type GraphLayout } from '#core/present/layout';
import { activeNeuronAt } from '../state/active-marks';
import type { Page } from '../state/page';
import { boundsOf, type Box } from './camera';
import { drawNode, drawPlainNode, type NodeFrame } from './draw-node';
import { drawEdge, drawEdgeLayer } from './edge-layer';
import { drawEdgeFigures } from './edge-figures';
import { drawGroups, drawNumbers, isLegible } from './groups';
import { drawHeadings } from './headings';
import type { NodeRenderer } from './network-data';
import type { Scene } from './scene';
import { detailAt, isNodeIn, type Detail } from './seen';
import type { Surface } from './surface';

/** A band reaches beyond its columns, and far beyond the graph at top and bottom; in graph units. */
export const BAND = { padding: 20, beyond: 4000 } as const;
/** Opacity of every other band. */
const BAND_OPACITY = [0.045, 0.085] as const;
/** Opacity of edges while others are brought forward, and the least of those. */
const EDGE_OPACITY = { dimmed: 0.25, forward: 0.75 } as const;

/** The painting of frames. */
export interface Frames {
  /** Paints a node where the network would. */
  readonly renderNode: NodeRenderer;
  /** Has everything painted around what the network draws. @param look told before each frame what is seen, and how it is drawn */
  begin(look: (ctx: CanvasRenderingContext2D, seen: Box, detail: Detail) => void): void;
}

export function paintFrames(page: Page, container: HTMLElement, network: Network, scene: Scene): Frames {
  const seenBox = (): Box => {
    const start = network.DOMtoCanvas({ x: 0, y: 0 });
    const end = network.DOMtoCanvas({ x: container.clientWidth, y: container.clientHeight });
    return { left: start.x, top: start.y, right: end.x, bottom: end.y };
  };
  const nodeFrame = (id: string): NodeFrame => {
    const state = page.state();
    return {
      scale: network.getScale(),
      theme: state.theme,
      labels: scene.labels,
      dimmed: scene.forward !== null && !scene.forward.nodes.has(id),
      always: activeNeuronAt(id, state) !== undefined,
      marked: id === state.hovered || state.view.pinned.includes(id),
    };
  };
  const drawFigures = (ctx: CanvasRenderingContext2D, seen: Box): void => {
    if (scene.shown === null || !isLegible(scene.shown.layout, network.getScale())) return;
    const { theme, view } = page.state();
    const edges = scene.forward?.edges ?? null;
    drawEdgeFigures(ctx, scene.shown, { scale: network.getScale(), theme, hidden: view.hiddenEdges, edges, seen });
  };
  const drawPlainNodes = (ctx: CanvasRenderingContext2D, seen: Box): void => {
    const { theme, hovered, view } = page.state();
    const scale = network.getScale();
    const marked = new Set([...view.pinned, ...(hovered === null ? [] : [hovered])]);
    const forward = scene.forward?.nodes;
    for (const { id } of scene.shown?.graph.nodes ?? []) {
      const place = scene.shown?.layout.nodes.get(id);
      const paint = place !== undefined && isNodeIn(place, seen) ? scene.paints.get(id) : undefined;
      if (paint === undefined) continue;
      drawPlainNode(ctx, paint, { scale, theme, dimmed: forward !== undefined && !forward.has(id), marked: marked.has(id) });
    }
    ctx.globalAlpha = 1;
  };
  const drawAfter = (ctx: CanvasRenderingContext2D): void => {
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
  };

  return {
    renderNode: ({ ctx, id }) => ({
      drawNode: () => {
        const paint = scene.paints.get(id);
        if (paint === undefined) return;
        ctx.save();
        ctx.globalAlpha = 1;
        drawNode(ctx, paint, nodeFrame(id));
        ctx.restore();
      },
    }),
    begin(look) {
      network.on('beforeDrawing', (ctx: CanvasRenderingContext2D) => {
        const { shown, forward } = scene;
        if (shown === null) return;
        const scale = network.getScale();
        const seen = seenBox();
        const detail = detailAt(shown.layout, scale);
        look(ctx, seen, detail);
        drawBands(ctx, shown.layout, page.state().theme.foreground);
        drawEdgeLayer(ctx, scene.edges, { seen, detail, scale, faded: forward === null ? 1 : EDGE_OPACITY.dimmed });
        drawForwardEdges(ctx, scene);
        drawFigures(ctx, seen);
        if (detail === 'plain') drawPlainNodes(ctx, seen);
      });
      network.on('afterDrawing', drawAfter);
    },
  };
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
