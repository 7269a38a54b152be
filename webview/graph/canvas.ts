/**
 * The drawing. vis-network holds nodes and edges, the camera and the gestures; how a node looks is painted here. This
 * folder is the only importer of vis-network.
 *
 * An edge leaves a box at the middle of its right side and enters the next at the middle of its left side, so that no edge
 * runs behind a column of boxes. vis-network joins centres: a box is therefore a vis node at its left port, and a second
 * one, which draws nothing, stands at its right port.
 *
 * A frame is: layer bands, all edges (faint while something is hovered), then for each node its outline and text; the
 * edges of what is hovered are drawn over the others and under every node; headings last.
 */
import { DataSet } from 'vis-data/esnext';
import type { Edge, Node, Options } from 'vis-network/esnext';
import type { EdgeStyle } from '../lib/colour/edge-style';
import { activeNeuronAt } from '../state/active-marks';
import { debounce } from '../lib/dom/debounce';
import { element, setAttributes } from '../lib/dom/element';
import { emphasis, keptByShare, pinnedNodes, type PageState } from '../state/page-state';
import type { Shown } from '../state/shown';
import type { Drawing } from '../state/screen';
import type { Page, View as PageView } from '../state/view';
import type { Rect } from '../lib/dom/place-card';
import { boundsOf, clampScale, fitView, firstView, layoutKey, ZOOM, type Margin, type View } from './camera';
import { drawHeadings, HEADINGS } from './headings';
import { nearestNodeOf, type NearestNode } from './nearest';
import { drawNode, type FittedText } from './draw-node';
import type { Look } from './look';
import type { NodePaint } from './node-paint';
import { ownNetwork } from './own-network';
import { DASHES, rightPort, visEdge } from './vis-edge';

/** The drawing as the rest of the page sees it. */
export interface Canvas extends PageView, Drawing {
  /** Looks where another canvas looks. */
  follow(view: View): void;
  /** Brings a node to the middle, at a scale at which it can be read. */
  show(id: string): void;
}

export interface CanvasOptions {
  readonly look: Look;
  readonly testId: string;
  /** what is drawn, for screen readers */
  readonly label: (state: PageState) => string;
  /** Told where the canvas looks, whenever a person has moved it. */
  readonly moved?: (view: View) => void;
}

/** A node that this file paints; vis-network's own types do not know the renderer. */
interface PaintedNode extends Node {
  readonly ctxRenderer: (frame: { readonly ctx: CanvasRenderingContext2D; readonly id: string }) => { readonly drawNode?: () => void };
}

const drawNothing: PaintedNode['ctxRenderer'] = () => ({});

/** A node is hovered from this far away, in pixels. */
const HOVER_RADIUS = 14;
const MARGIN: Margin = { top: HEADINGS.total + 14, side: 20, bottom: 16 };
/** A pinned node that is brought into sight keeps this far from the edge, in pixels. */
const PIN_MARGIN = 30;
/** Below this scale labels cannot be read, and the first view shows a part instead of all. */
const LEGIBLE = 0.42;
/** The scale of that part. */
const READABLE = 0.62;
/** A band reaches beyond its columns, in graph units. */
const BAND_PADDING = 20;
/** Opacity of edges while others are brought forward. */
const DIMMED_EDGE = 0.25;
const ANIMATION_MS = 220;

const OPTIONS: Options = {
  autoResize: false,
  physics: false,
  layout: { hierarchical: false, improvedLayout: false },
  nodes: { fixed: true, physics: false, chosen: false },
  edges: { smooth: false, physics: false, chosen: false, hoverWidth: 0, selectionWidth: 0 },
  interaction: {
    dragNodes: false,
    hover: false,
    selectable: false,
    navigationButtons: false,
    keyboard: { enabled: false, bindToWindow: false },
    zoomSpeed: 0.6,
  },
};

export function createCanvas(page: Page, { look: paint, testId, label, moved }: CanvasOptions): Canvas {
  const container = element('div', {
    class: 'canvas',
    testId,
    attributes: { role: 'application', tabindex: 0 },
  });
  let edges = new DataSet<Edge>();
  const network = ownNetwork(container, { nodes: [], edges: [] }, OPTIONS);
  container.querySelector<HTMLElement>('.vis-network')?.removeAttribute('tabindex');

  let shown: Shown | null = null;
  let nearest: NearestNode = () => null;
  let paints = new Map<string, NodePaint>();
  let labels: FittedText = new Map();
  let styles = new Map<string, EdgeStyle>();
  let forward: ReturnType<typeof emphasis> = null;
  let forwardDrawn = true;
  /** nodes that are not dimmed by the share filter; null: all */
  let kept: ReturnType<typeof keptByShare> = null;
  /** Who placed the camera, and thereby what a change of size means for it. */
  let camera: 'first' | 'fitted' | 'kept' | 'moved' = 'first';
  /** A camera waits for the container to have a size. */
  let placed = false;

  // Camera

  const size = () => ({ width: container.clientWidth, height: container.clientHeight });
  const look = (view: View, animated = false): void => {
    const animate = animated && !matchMedia('(prefers-reduced-motion: reduce)').matches;
    network.moveTo({
      position: { x: view.x, y: view.y },
      scale: clampScale(view.scale),
      animation: animate ? { duration: ANIMATION_MS, easingFunction: 'easeInOutQuad' } : false,
    });
  };
  const now = (): View => ({ ...network.getViewPosition(), scale: network.getScale() });
  const keepCamera = debounce<void>(250, () => {
    if (shown === null || !placed) return;
    page.dispatch({ type: 'view', change: { camera: { ...now(), layout: layoutKey(shown.layout) } } });
  });
  const touched = (): void => {
    camera = 'moved';
    moved?.(now());
    keepCamera();
  };
  /** Places the camera for a graph that is new, or anew for a new size, unless a person has moved it. */
  const place = (): void => {
    const { width, height } = size();
    if (shown === null || width === 0 || height === 0) return;
    placed = true;
    const kept = page.state().view.camera;
    const box = boundsOf(shown.layout);
    if (camera === 'kept' && kept !== null) look(kept);
    else if (camera === 'fitted') look(fitView(box, size(), MARGIN));
    else look(firstView(box, size(), MARGIN, LEGIBLE, READABLE));
  };
  const begin = (): void => {
    const kept = page.state().view.camera;
    camera = shown !== null && kept?.layout === layoutKey(shown.layout) ? 'kept' : 'first';
    place();
    if (placed && camera === 'first') keepPinInSight();
  };
  const fit = (): void => {
    if (shown === null) return;
    look(fitView(boundsOf(shown.layout), size(), MARGIN), true);
    camera = 'fitted';
    keepCamera();
  };
  const zoom = (direction: 1 | -1): void => {
    const view = now();
    look({ ...view, scale: view.scale * ZOOM.step ** direction }, true);
    touched();
  };
  const show = (id: string): void => {
    const place = shown?.layout.nodes.get(id);
    if (place === undefined) return;
    look({ x: place.x, y: place.y, scale: Math.max(now().scale, READABLE) });
    touched();
  };
  const pan = (dx: number, dy: number): void => {
    const { x, y, scale } = now();
    look({ x: x + dx / scale, y: y + dy / scale, scale });
    touched();
  };

  let last = { width: 0, height: 0 };
  let docked = false;
  new ResizeObserver(() => {
    const { width, height } = size();
    if (width === 0 || height === 0) return;
    if (last.width === width && last.height === height) return;
    const before = now();
    const grown = { x: width - last.width, y: height - last.height };
    const byDock = docked !== pinnedNodes(page.state()).length > 0;
    docked = pinnedNodes(page.state()).length > 0;
    last = { width, height };
    network.setSize(`${width}px`, `${height}px`);
    if (!placed) {
      begin();
    } else if (camera === 'kept' || (camera !== 'moved' && !(byDock && grown.y === 0))) {
      // A dock at the bottom takes so much that the graph is placed anew; one at the side leaves it where it is.
      place();
      if (byDock && camera !== 'kept') keepPinInSight();
    } else {
      // What is looked at stays where it is.
      camera = 'moved';
      look({ x: before.x + grown.x / 2 / before.scale, y: before.y + grown.y / 2 / before.scale, scale: before.scale });
      keepPinInSight();
    }
    network.redraw();
  }).observe(container);

  /** The dock opens for a node that was clicked: it must not lie where the dock now is. */
  function keepPinInSight(): void {
    const place = shown?.layout.nodes.get(page.state().view.pinned.at(-1) ?? '');
    if (place === undefined) return;
    const { width, height } = size();
    const view = now();
    /** How far the camera must go for a node of this size to lie inside; the headings cover the top. */
    const over = (centre: number, size: number, from: number, to: number): number =>
      Math.max(0, centre + size / 2 - to) + Math.min(0, centre - size / 2 - from);
    const [half, rest] = [{ x: width / 2 / view.scale, y: height / 2 / view.scale }, PIN_MARGIN / view.scale];
    const by = {
      x: over(place.x, place.width, view.x - half.x + rest, view.x + half.x - rest),
      y: over(place.y, place.height, view.y - half.y + rest + HEADINGS.total / view.scale, view.y + half.y - rest),
    };
    if (by.x !== 0 || by.y !== 0) look({ x: view.x + by.x, y: view.y + by.y, scale: view.scale });
  }

  network.on('zoom', ({ scale }: { scale: number }) => {
    if (clampScale(scale) !== scale) look({ ...now(), scale });
    touched();
    forget();
  });
  network.on('dragging', () => {
    camera = 'moved';
    moved?.(now());
    forget();
  });
  network.on('dragEnd', touched);
  // A slow frame rate can let the view be kept before an animated camera has arrived.
  network.on('animationFinished', keepCamera);

  // Pointer

  const nodeAt = (event: { readonly clientX: number; readonly clientY: number }): string | null => {
    if (shown === null) return null;
    const box = container.getBoundingClientRect();
    const at = { x: event.clientX - box.left, y: event.clientY - box.top };
    if (at.y < HEADINGS.total) return null;
    const { x, y } = network.DOMtoCanvas(at);
    return nearest(x, y, HOVER_RADIUS / network.getScale())?.id ?? null;
  };
  container.addEventListener('pointermove', (event) => {
    if (event.buttons !== 0 || event.pointerType === 'touch') return;
    const id = nodeAt(event);
    container.classList.toggle('on-node', id !== null);
    page.dispatch({ type: 'hover', id });
  });
  container.addEventListener('pointerleave', (event) => {
    if (event.pointerType !== 'touch') page.dispatch({ type: 'hover', id: null });
  });
  network.on('click', ({ event }: { event: { readonly srcEvent: PointerEvent } }) => {
    container.focus({ preventScroll: true });
    if (camera === 'kept') camera = 'moved';
    const { srcEvent } = event;
    const id = nodeAt(srcEvent);
    const wasHovered = page.state().hovered === id;
    page.dispatch({ type: 'hover', id });
    // A finger cannot hover: its first tap shows the card, the second keeps it.
    if (id !== null && (srcEvent.pointerType !== 'touch' || wasHovered)) page.dispatch({ type: 'togglePin', id });
  });

  const locate = (id: string): Rect | null => {
    const place = shown?.layout.nodes.get(id);
    if (place === undefined) return null;
    const box = container.getBoundingClientRect();
    const corner = network.canvasToDOM({ x: place.x - place.width / 2, y: place.y - place.height / 2 });
    const scale = network.getScale();
    return { left: box.left + corner.x, top: box.top + corner.y, width: place.width * scale, height: place.height * scale };
  };
  /** The hover card stands beside its node: while the drawing moves under the pointer there is none. */
  function forget(): void {
    page.dispatch({ type: 'hover', id: null });
  }

  // Painting

  const drawBands = (ctx: CanvasRenderingContext2D, { layout }: Shown, { theme }: PageState): void => {
    const { top, bottom } = boundsOf(layout);
    layout.layers.forEach(({ x, width }, i) => {
      ctx.globalAlpha = i % 2 === 0 ? 0.045 : 0.085;
      ctx.fillStyle = theme.foreground;
      ctx.fillRect(x - width / 2 - BAND_PADDING, top - 4000, width + 2 * BAND_PADDING, bottom - top + 8000);
    });
    ctx.globalAlpha = 1;
  };

  const drawForwardEdges = (ctx: CanvasRenderingContext2D): void => {
    if (forward === null || shown === null) return;
    for (const edge of forward.edges) {
      const [from, to] = [shown.layout.nodes.get(edge.from), shown.layout.nodes.get(edge.to)];
      const style = styles.get(edge.id);
      if (from === undefined || to === undefined || style === undefined) continue;
      ctx.globalAlpha = Math.max(0.75, style.opacity);
      ctx.strokeStyle = style.colour;
      ctx.lineWidth = style.width + 1;
      ctx.setLineDash(style.dashed ? [...DASHES] : []);
      ctx.beginPath();
      ctx.moveTo(from.x + from.width / 2, from.y);
      ctx.lineTo(to.x - to.width / 2, to.y);
      ctx.stroke();
    }
    ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  };

  const drawOne = (ctx: CanvasRenderingContext2D, id: string): void => {
    const painted = paints.get(id);
    if (painted === undefined) return;
    const { theme, hovered, view } = page.state();
    drawNode(ctx, painted, {
      scale: network.getScale(),
      theme,
      labels,
      dimmed: (forward !== null && !forward.nodes.has(id)) || (kept !== null && !kept.has(id)),
      always: activeNeuronAt(id, page.state()) !== undefined,
      marked: id === hovered || view.pinned.includes(id),
    });
  };

  network.on('beforeDrawing', (ctx: CanvasRenderingContext2D) => {
    if (shown === null) return;
    drawBands(ctx, shown, page.state());
    forwardDrawn = false;
    ctx.globalAlpha = forward === null ? 1 : DIMMED_EDGE; // holds for the edges, which vis-network draws next
  });
  network.on('afterDrawing', (ctx: CanvasRenderingContext2D) => {
    if (shown === null) return;
    const ratio = ctx.canvas.width / Math.max(1, container.clientWidth);
    ctx.save();
    ctx.globalAlpha = 1;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    drawHeadings(
      ctx,
      shown.layout,
      container.clientWidth,
      (x) => network.canvasToDOM({ x, y: 0 }).x,
      network.getScale(),
      page.state().theme,
    );
    ctx.restore();
  });

  const renderNode: PaintedNode['ctxRenderer'] = ({ ctx, id }) => ({
    drawNode: () => {
      ctx.globalAlpha = 1;
      if (!forwardDrawn) {
        // The first node of a frame: all edges are drawn, no node is.
        forwardDrawn = true;
        drawForwardEdges(ctx);
      }
      ctx.save();
      drawOne(ctx, id);
      ctx.restore();
    },
  });

  // State

  const load = (of: Shown, state: PageState): void => {
    const { graph, layout } = of;
    // The layout of a comparison has places for what only the other side draws.
    nearest = nearestNodeOf(graph.nodes.map(({ id }) => layout.nodes.get(id)).filter((place) => place !== undefined));
    setAttributes(container, {
      'aria-label': `${label(state)}. The arrow keys pan, plus and minus zoom, F fits. The table holds the same nodes as text.`,
    });
    styles = paint.edges(of, state.theme);
    // New sets each time: the network would draw a set that is being emptied or filled.
    const nodes = new DataSet<PaintedNode>(
      graph.nodes.flatMap((node): PaintedNode[] => {
        const place = layout.nodes.get(node.id);
        if (place === undefined) return [];
        const { x, y, width } = place;
        return [
          { id: node.id, x: x - width / 2, y, shape: 'custom', size: width, ctxRenderer: renderNode },
          { id: rightPort(node.id), x: x + width / 2, y, shape: 'custom', size: 1, ctxRenderer: drawNothing },
        ];
      }),
    );
    edges = new DataSet<Edge>(graph.edges.map((edge) => visEdge(edge, styles, state.view.hiddenEdges, kept)));
    network.setData({ nodes, edges });
  };

  let frame = 0;
  const redraw = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => network.redraw());
  };

  return {
    element: container,
    fit,
    zoom,
    pan,
    show,
    follow(view) {
      camera = 'moved';
      look(view);
    },
    is: (target) => target === container,
    locate,
    update(state, before) {
      container.hidden = state.view.mode !== 'graph';
      const newGraph = state.shown !== (before?.shown ?? null);
      const newTheme = state.theme !== before?.theme;
      const keyBefore = shown && layoutKey(shown.layout);
      shown = state.shown;
      forward = emphasis(state);
      const newKept = newGraph || state.view.shareKept !== before?.view.shareKept || state.view.pinned !== before.view.pinned;
      if (newKept) kept = keptByShare(state);
      if (shown === null) {
        network.setData({ nodes: [], edges: [] });
        placed = false;
        return redraw();
      }
      if (newGraph) {
        const view = now();
        load(shown, state);
        if (placed && keyBefore === layoutKey(shown.layout)) look(view);
        else begin();
      } else if (newTheme || newKept || state.view.hiddenEdges !== before.view.hiddenEdges) {
        styles = paint.edges(shown, state.theme);
        edges.update(shown.graph.edges.map((edge) => visEdge(edge, styles, state.view.hiddenEdges, kept)));
      }
      if (newGraph || newTheme || paint.chosen(state) !== paint.chosen(before)) {
        paints = paint.nodes(shown, state);
        labels = new Map();
      }
      redraw();
    },
  };
}
