/** Which node or edge the pointer is on, and what a click does. */
import type { Network } from 'vis-network/esnext';
import type { FlowNode } from '#core/format/flow-graph';
import { layerKey } from '#core/present/rows/choose-rows';
import type { Page } from '../state/page';
import type { ShownGraph } from '../state/shown-graph';
import { toggled } from '../state/view-state';
import { HEADINGS } from './headings';
import { createHint } from './hint';
import { nearestEdge } from './nearest-edge';
import { nearestNodeOf, type NearestNode } from './nearest';

/** A node is hovered from this far away, in pixels; among rows, which are close together, from less. */
const HOVER_RADIUS = { usual: 14, rows: 3 } as const;
/** An edge is hovered from this far away, in pixels. */
const EDGE_RADIUS = 5;
/** The numbers of layers are this wide, in pixels. */
const NUMBERS = 30;

/** Hovers and pins the nodes of the graph that it is given last. */
export interface PointerControl {
  /** The graph that is drawn now; null: none. */
  aimAt(shown: ShownGraph | null): void;
}

/** @param clicked told of every click, before it hovers or pins */
export function createPointerControl(page: Page, container: HTMLElement, network: Network, clicked: () => void): PointerControl {
  let nearest: NearestNode = () => null;
  let drawn: ShownGraph | null = null;
  const hint = createHint(container);

  const placeOf = (event: { readonly clientX: number; readonly clientY: number }) => {
    const box = container.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const isUpright = (): boolean => drawn?.layout.upright !== undefined;
  const nodeAt = (at: { readonly x: number; readonly y: number }): string | null => {
    if (!isUpright() && at.y < HEADINGS.total) return null;
    const { x, y } = network.DOMtoCanvas(at);
    return nearest(x, y, (isUpright() ? HOVER_RADIUS.rows : HOVER_RADIUS.usual) / network.getScale())?.id ?? null;
  };
  /** The layer whose number is pointed at. */
  const numberAt = (at: { readonly x: number; readonly y: number }): number | null => {
    const rows = drawn?.layout.upright?.rows ?? [];
    const { x, y } = network.DOMtoCanvas(at);
    if (x > NUMBERS) return null;
    const row = rows.find(({ top, height }) => y >= top && y < top + height);
    return row === undefined || row.first !== row.last ? null : row.first;
  };
  /** What is left out of a layer, where that is pointed at. */
  const leftOutAt = (id: string | null): FlowNode | undefined =>
    id !== null && drawn?.gathered?.has(id) === true ? drawn.nodes.get(id) : undefined;
  const unfold = (keys: readonly string[]): void => {
    const { unfolded } = page.state().view;
    page.dispatch({ type: 'view', change: { unfolded: keys.reduce<readonly string[]>((all, key) => toggled(all, key), unfolded) } });
  };

  container.addEventListener('pointermove', (event) => {
    if (event.buttons !== 0 || event.pointerType === 'touch') return hint.hide();
    const at = placeOf(event);
    const id = nodeAt(at);
    container.classList.toggle('on-node', id !== null || numberAt(at) !== null);
    page.dispatch({ type: 'hover', id });
    if (drawn === null) return hint.hide();
    const others = id === null ? undefined : drawn.rows?.others.get(id);
    if (others !== undefined) return hint.show(at, { kind: 'others', others }, drawn, page.state());
    const leftOut = leftOutAt(id);
    if (leftOut !== undefined) return hint.show(at, { kind: 'leftOut', node: leftOut }, drawn, page.state());
    if (id !== null || (!isUpright() && at.y < HEADINGS.total)) return hint.hide();
    const { x, y } = network.DOMtoCanvas(at);
    const { hiddenEdges } = page.state().view;
    const edges = drawn.graph.edges.filter((edge) => !hiddenEdges.includes(edge.kind));
    const edge = nearestEdge(edges, drawn.layout, x, y, EDGE_RADIUS / network.getScale());
    if (edge === null) hint.hide();
    else hint.show(at, { kind: 'edge', edge }, drawn, page.state());
  });
  container.addEventListener('pointerleave', (event) => {
    hint.hide();
    if (event.pointerType !== 'touch') page.dispatch({ type: 'hover', id: null });
  });
  // The browser's own click, however long the press was: vis-network takes one that lasts for a click before it ends, and for none when it
  // then ends where it began.
  let dragged = false;
  container.addEventListener('pointerdown', () => (dragged = false), { capture: true });
  network.on('dragStart', () => (dragged = true));
  container.querySelector<HTMLElement>('.vis-network')?.addEventListener('click', (event) => {
    if (dragged) return;
    container.focus({ preventScroll: true });
    clicked();
    const at = placeOf(event);
    const id = nodeAt(at);
    const others = id === null ? undefined : drawn?.rows?.others.get(id);
    if (others !== undefined) {
      hint.hide();
      return unfold(others.unfolds);
    }
    if (leftOutAt(id) !== undefined) {
      hint.hide();
      return page.dispatch({ type: 'view', change: { shareKept: 1 } });
    }
    const layer = id === null ? numberAt(at) : null;
    if (layer !== null) return unfold([layerKey(layer)]);
    const wasHovered = page.state().hovered === id;
    page.dispatch({ type: 'hover', id });
    // A finger cannot hover: its first tap shows the card, the second keeps it.
    if (id !== null && (!isTouch(event) || wasHovered)) page.dispatch({ type: 'togglePin', id });
  });

  return {
    aimAt(shown) {
      drawn = shown;
      hint.hide();
      // The layout of a comparison has places for what only the other side draws.
      const places = shown?.graph.nodes.map(({ id }) => shown.layout.nodes.get(id)).filter((place) => place !== undefined);
      nearest = nearestNodeOf(places ?? []);
    },
  };
}

function isTouch(event: MouseEvent): boolean {
  return event instanceof PointerEvent && event.pointerType === 'touch';
}
