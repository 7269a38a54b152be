/** Who moves the camera and when: a new graph, a command, a gesture, or another size of the container. */
import type { Network } from 'vis-network/esnext';
import type { GraphLayout } from '#core/present/layout';
import { debounce } from '../lib/dom/debounce';
import { layoutKey, type Camera } from '../state/camera';
import type { Page } from '../state/page';
import { pinnedNodes } from '../state/selectors';
import { boundsOf, clampScale, firstCamera, fitCamera, inSight, ZOOM, type Margin } from './camera';
import type { Drawing } from './drawing';
import { HEADINGS } from './headings';
import { networkCamera } from './network-camera';
import { watchSize } from './watch-size';

const MARGIN: Margin = { top: HEADINGS.total + 14, side: 20, bottom: 16 };
/** A pinned node that is brought into sight keeps this far from the edge, in pixels; the headings cover the top. */
const PIN_MARGIN: Margin = { top: HEADINGS.total + 30, side: 30, bottom: 30 };
/** Below this scale labels cannot be read, and the first camera shows a part instead of all. */
const LEGIBLE = 0.42;
/** The scale of that part. */
const READABLE = 0.62;
/** A camera that has come to rest for this long is kept. */
const KEEP_MS = 250;

/** See the head of this file. */
export interface CameraControl extends Pick<Drawing, 'fit' | 'zoom' | 'pan' | 'camera' | 'follow'> {
  /** Brings a node to the middle, at a scale at which it can be read. */
  show(id: string): void;
  /** Another graph, or none: one that is laid out as the one before it is looked at from the same place. */
  aimAt(layout: GraphLayout | null, load: () => void): void;
  /** A person has used the drawing: a kept camera is now theirs. */
  used(): void;
}

/** @param moved told where the camera looks, whenever a person has moved it */
export function createCameraControl(
  page: Page,
  container: HTMLElement,
  network: Network,
  moved: ((camera: Camera) => void) | undefined,
): CameraControl {
  const { now, look } = networkCamera(network);
  let layout: GraphLayout | null = null;
  /** Who placed the camera, and thereby what a change of size means for it. */
  let placedBy: 'first' | 'fit' | 'kept' | 'person' = 'first';
  /** false: a camera waits for the container to have a size. */
  let placed = false;

  const size = () => ({ width: container.clientWidth, height: container.clientHeight });
  const keepCamera = debounce<void>(KEEP_MS, () => {
    if (layout === null || !placed) return;
    page.dispatch({ type: 'view', change: { camera: { ...now(), layout: layoutKey(layout) } } });
  });
  const touched = (): void => {
    placedBy = 'person';
    moved?.(now());
    keepCamera();
  };
  /** The hover card is beside its node: while the drawing moves under the pointer there is none. */
  const forgetHovered = (): void => page.dispatch({ type: 'hover', id: null });

  /** Places the camera for a new graph, or again for a new size, unless a person has moved it. */
  const place = (): void => {
    const { width, height } = size();
    if (layout === null || width === 0 || height === 0) return;
    placed = true;
    const kept = page.state().view.camera;
    const box = boundsOf(layout);
    if (placedBy === 'kept' && kept !== null) look(kept);
    else if (placedBy === 'fit') look(fitCamera(box, size(), MARGIN));
    else look(firstCamera(box, size(), MARGIN, LEGIBLE, READABLE));
  };
  const begin = (): void => {
    const kept = page.state().view.camera;
    placedBy = layout !== null && kept?.layout === layoutKey(layout) ? 'kept' : 'first';
    place();
    if (placed && placedBy === 'first') keepPinInSight();
  };
  /** The dock opens for a node that was clicked: it must not be where the dock now is. */
  const keepPinInSight = (): void => {
    const pinned = layout?.nodes.get(page.state().view.pinned.at(-1) ?? '');
    const camera = now();
    const better = pinned && inSight(camera, pinned, size(), PIN_MARGIN);
    if (better !== undefined && better !== camera) look(better);
  };

  let docked = false;
  watchSize(container, ({ width, height }, grown) => {
    const before = now();
    const byDock = docked !== pinnedNodes(page.state()).length > 0;
    docked = pinnedNodes(page.state()).length > 0;
    network.setSize(`${width}px`, `${height}px`);
    if (!placed) {
      begin();
    } else if (placedBy === 'kept' || (placedBy !== 'person' && !(byDock && grown.height === 0))) {
      // A dock at the bottom takes so much that the graph is placed again; one at the side leaves it where it is.
      place();
      if (byDock && placedBy !== 'kept') keepPinInSight();
    } else {
      // What is looked at stays where it is.
      placedBy = 'person';
      const { x, y, scale } = before;
      look({ x: x + grown.width / 2 / scale, y: y + grown.height / 2 / scale, scale });
      keepPinInSight();
    }
    network.redraw();
  });

  network.on('zoom', ({ scale }: { scale: number }) => {
    if (clampScale(scale) !== scale) look({ ...now(), scale });
    touched();
    forgetHovered();
  });
  network.on('dragging', () => {
    placedBy = 'person';
    moved?.(now());
    forgetHovered();
  });
  network.on('dragEnd', touched);
  // A slow frame rate can let the camera be kept before an animated one has arrived.
  network.on('animationFinished', keepCamera);

  return {
    camera: () => (layout === null || !placed ? null : now()),
    fit() {
      if (layout === null) return;
      look(fitCamera(boundsOf(layout), size(), MARGIN), true);
      placedBy = 'fit';
      keepCamera();
    },
    zoom(direction) {
      const camera = now();
      look({ ...camera, scale: camera.scale * ZOOM.step ** direction }, true);
      touched();
    },
    show(id) {
      const node = layout?.nodes.get(id);
      if (node === undefined) return;
      look({ x: node.x, y: node.y, scale: Math.max(now().scale, READABLE) });
      touched();
    },
    pan(dx, dy) {
      const { x, y, scale } = now();
      look({ x: x + dx / scale, y: y + dy / scale, scale });
      touched();
    },
    follow(camera) {
      placedBy = 'person';
      look(camera);
    },
    aimAt(next, load) {
      const before = layout;
      const camera = now();
      layout = next;
      load();
      if (next === null) placed = false;
      else if (placed && before !== null && layoutKey(before) === layoutKey(next)) look(camera);
      else begin();
    },
    used() {
      if (placedBy === 'kept') placedBy = 'person';
    },
  };
}
