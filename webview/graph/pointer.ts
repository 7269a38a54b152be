/** Which node the pointer is on, and what a click does. */
import type { Network } from 'vis-network/esnext';
import type { Page } from '../state/page';
import type { ShownGraph } from '../state/shown-graph';
import { HEADINGS } from './headings';
import { nearestNodeOf, type NearestNode } from './nearest';

/** A node is hovered from this far away, in pixels. */
const HOVER_RADIUS = 14;

/** Hovers and pins the nodes of the graph that it is given last. */
export interface PointerControl {
  /** The graph that is drawn now; null: none. */
  aimAt(shown: ShownGraph | null): void;
}

/** @param clicked told of every click, before it hovers or pins */
export function createPointerControl(page: Page, container: HTMLElement, network: Network, clicked: () => void): PointerControl {
  let nearest: NearestNode = () => null;

  const nodeAt = (event: { readonly clientX: number; readonly clientY: number }): string | null => {
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
  network.on('click', ({ event: { srcEvent } }: { event: { readonly srcEvent: PointerEvent } }) => {
    container.focus({ preventScroll: true });
    clicked();
    const id = nodeAt(srcEvent);
    const wasHovered = page.state().hovered === id;
    page.dispatch({ type: 'hover', id });
    // A finger cannot hover: its first tap shows the card, the second keeps it.
    if (id !== null && (srcEvent.pointerType !== 'touch' || wasHovered)) page.dispatch({ type: 'togglePin', id });
  });

  return {
    aimAt(shown) {
      // The layout of a comparison has places for what only the other side draws.
      const places = shown?.graph.nodes.map(({ id }) => shown.layout.nodes.get(id)).filter((place) => place !== undefined);
      nearest = nearestNodeOf(places ?? []);
    },
  };
}
