/** A vis-network that draws what it is told, where it is told, and does nothing by itself. */
import { Network, type Options } from 'vis-network/esnext';

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

/** An empty network in a container, which alone takes the focus. */
export function createNetwork(container: HTMLElement): Network {
  const network = ownNetwork(container);
  container.querySelector<HTMLElement>('.vis-network')?.removeAttribute('tabindex');
  return network;
}

/**
 * vis-network keeps the listeners of all its networks in one map: it mixes component-emitter 2 into a prototype, and the mixin
 * makes its map once, there. With several networks on a page every one would then draw, zoom and click for all. Each
 * network therefore gets a prototype with a map of its own, before its constructor listens to anything.
 */
function ownNetwork(container: HTMLElement): Network {
  class OwnNetwork extends Network {}
  Object.assign(OwnNetwork.prototype, { _callbacks: new Map() });
  return new OwnNetwork(container, { nodes: [], edges: [] }, OPTIONS);
}

/**
 * Has the network measure the nodes that it holds. A node that has just come has no box yet, and what has none is out of sight: it would be
 * left out of the frame that is being drawn.
 */
export function measureNodes(network: Network, ctx: CanvasRenderingContext2D): void {
  ctx.save(); // it measures in a view of its own
  (network as unknown as { emit(event: '_resizeNodes'): void }).emit('_resizeNodes');
  ctx.restore();
}

/**
 * Changes what the network holds without having it drawn at each step: it would be drawn at once, and again in the next frame.
 * It has to be drawn afterwards.
 */
export function withoutDrawing(network: Network, change: () => void): void {
  const { emit } = network as unknown as { emit(event: '_blockRedraw' | '_allowRedraw'): void };
  emit.call(network, '_blockRedraw');
  try {
    change();
  } finally {
    emit.call(network, '_allowRedraw');
  }
}
