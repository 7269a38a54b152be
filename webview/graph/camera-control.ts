/** Who moves the camera and when: a new graph, a command, a gesture, or another size of the container. */
import type { Network } from 'vis-network/esnext';
import type { GraphLayout } from '#core/present/layout';
import { debounce } from '../lib/dom/debounce';
import { layoutKey, type Camera } from '../state/camera';
import type { Page } from '../state/page';
import type { PageState } from '../state/page-state';
import { pinnedNodes } from '../state/selectors';
import {
  boundsOf,
  clampScale,
  firstCamera,
  fitCamera,
  halfWayDown,
  inSight,
  shownBelowRail,
  uprightCamera,
  ZOOM,
  type Margin,
  type Size,
} from './camera';
import type { Drawing } from './drawing';
import { HEADINGS } from './headings';
import { networkCamera } from './network-camera';
import { LEAST_TEXT, NODE } from './node-paint';
import { watchSize } from './watch-size';

const MARGIN: Margin = { top: HEADINGS.total + 14, side: 20, bottom: 16 };
/** A pinned node that is brought into sight keeps this far from the edge, in pixels; the headings cover the top. */
const PIN_MARGIN: Margin = { top: HEADINGS.total + 30, side: 30, bottom: 30 };
/** The same in an upright drawing, which has none. */
const UPRIGHT_MARGIN: Margin = { top: 8, side: 0, bottom: 8 };
/** Below this scale boxes cannot hold their labels, and the first camera shows a part instead of all; see `textSizes`. */
export const LEGIBLE = 0.58;
/** The scale of that part: labels are as large as text may be. */
export const READABLE = LEAST_TEXT / NODE.font;
/** A camera that has come to rest for this long is kept. */
const KEEP_MS = 250;

/** See the head of this file. */
export interface CameraControl extends Pick<Drawing, 'fit' | 'zoom' | 'pan' | 'camera' | 'follow' | 'show'> {
  /** Another graph, or none: one that is laid out as the one before it is looked at from the same place. */
  aimAt(layout: GraphLayout | null, load: () => void): void;
  /** Looks at a place, in graph units, at a scale at which it can be read. */
  lookAt(x: number, y: number): void;
  /** Looks at what is shown at first, as if the graph were new. */
  begin(): void;
  /** A person has used the drawing: a kept camera is now theirs. */
  used(): void;
  /** Adds what was unfolded, or gathered again, to a drawing that stays where it is. */
  extend(layout: GraphLayout, load: () => void): void;
}

/** What a drawing is told of its camera, and what it says. */
export interface CameraOptions {
  /** told where the camera looks, whenever a person has moved it */
  readonly moved: ((camera: Camera) => void) | undefined;
  /** told of every new size before the camera is placed; true: it has laid the graph out again for it */
  readonly resized: (size: Size) => boolean;
  /** the node that is in sight at first */
  readonly first: ((state: PageState) => string | undefined) | undefined;
}

export function createCameraControl(
  page: Page,
  container: HTMLElement,
  network: Network,
  { moved, resized, first }: CameraOptions,
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
    page.dispatch({ type: 'view', change: { camera: { ...now(), layout: layoutKey(layout), fitted: placedBy === 'fit' } } });
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
    else if (layout.upright !== undefined) look(uprightCamera(layout, size(), placedBy === 'fit'));
    else if (placedBy === 'fit') look(fitCamera(box, size(), MARGIN));
    else look(firstCamera(box, size(), MARGIN, LEGIBLE, READABLE));
  };
  const begin = (): void => {
    const kept = page.state().view.camera;
    const isKept = layout !== null && kept?.layout === layoutKey(layout);
    placedBy = !isKept ? 'first' : kept.fitted ? 'fit' : 'kept';
    place();
    if (placed && placedBy === 'first') keepPinInSight();
  };
  /** The dock opens for a node that was clicked: it must not be where the dock now is. At first, what is to be seen first. */
  const keepPinInSight = (): void => {
    const state = page.state();
    const pinned = state.view.pinned.at(-1);
    const wanted = layout?.nodes.get(pinned ?? (placedBy === 'first' ? first?.(state) : undefined) ?? '');
    if (layout === null || wanted === undefined) return;
    const camera = now();
    const isUpright = layout.upright !== undefined;
    const better = inSight(camera, wanted, size(), isUpright ? UPRIGHT_MARGIN : PIN_MARGIN);
    if (better === camera) return;
    // The nearest camera would have it at the edge, with nothing of interest beside it.
    look(
      pinned === undefined && !isUpright
        ? halfWayDown(better, wanted, shownBelowRail(layout, better, size(), wanted), size(), MARGIN)
        : better,
    );
  };

  let docked = false;
  let windowSize = '';
  watchSize(container, ({ width, height }, grown) => {
    const before = now();
    const byDock = docked !== pinnedNodes(page.state()).length > 0;
    docked = pinnedNodes(page.state()).length > 0;
    network.setSize(`${width}px`, `${height}px`);
    // A dock, or a row of controls that opens, takes its room from the drawing: that stays where it is.
    const windowNow = `${window.innerWidth}×${window.innerHeight}`;
    const byWindow = windowSize !== windowNow;
    windowSize = windowNow;
    const again = resized({ width, height });
    if (!placed) {
      begin();
    } else if (placedBy === 'kept' || (placedBy !== 'person' && (byWindow || again))) {
      place();
      if ((byDock && placedBy !== 'kept') || placedBy === 'first') keepPinInSight();
    } else {
      // What is looked at stays where it is.
      const { x, y, scale } = before;
      look({ x: again && layout !== null ? layout.width / 2 : x + grown.width / 2 / scale, y: y + grown.height / 2 / scale, scale });
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
      resized(size());
      look(layout.upright === undefined ? fitCamera(boundsOf(layout), size(), MARGIN) : uprightCamera(layout, size(), true), true);
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
      look({
        x: layout?.upright === undefined ? node.x : layout.width / 2,
        y: node.y,
        scale: layout?.upright === undefined ? Math.max(now().scale, READABLE) : 1,
      });
      touched();
    },
    lookAt(x, y) {
      look({ x, y, scale: Math.max(now().scale, READABLE) });
      touched();
    },
    begin() {
      placedBy = 'first';
      place();
      keepPinInSight();
      keepCamera();
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
    extend(next, load) {
      const camera = now();
      layout = next;
      load();
      if (!placed) return;
      if (next.upright !== undefined) return look(placedBy === 'person' ? camera : { ...uprightCamera(next, size(), false), y: camera.y });
      // What is kept of a circuit closes up: a camera that a person has placed stays over it.
      if (placedBy !== 'person') return place();
      const { left, top, right, bottom } = boundsOf(next);
      look({ ...camera, x: Math.min(Math.max(camera.x, left), right), y: Math.min(Math.max(camera.y, top), bottom) });
    },
    used() {
      if (placedBy === 'kept') placedBy = 'person';
    },
  };
}
