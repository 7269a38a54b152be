/**
 * The drawing. vis-network holds nodes and edges, the camera and the gestures; how a node looks is painted here. This
 * folder is the only importer of vis-network.
 */
import * as l10n from '@vscode/l10n';
import { element, setAttributes } from '../lib/dom/element';
import type { Camera } from '../state/camera';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import { emphasis, keptByShare, type Emphasis } from '../state/selectors';
import { isReadOn, type ShownGraph } from '../state/shown-graph';
import type { Size } from './camera';
import { createCameraControl } from './camera-control';
import { DRAWN_BY, drawnCircuit, drawnUpright } from './drawn';
import type { Drawing } from './drawing';
import { paintFrames } from './frame';
import { createMinimap } from './minimap';
import { edgeLayer } from './edge-layer';
import { createNetwork, withoutDrawing } from './network';
import { createNetworkData } from './network-data';
import type { Painter } from './painter';
import { createPointerControl } from './pointer';
import { emptyScene } from './scene';

/** The drawing as the rest of the page sees it. */
export interface Canvas extends Part, Drawing {
  /** What of the shown graph is drawn now, and where; null: nothing. */
  drawn(): ShownGraph | null;
}

export interface CanvasOptions {
  readonly painter: Painter;
  readonly testId: string;
  /** what is drawn, for screen readers */
  readonly label: (state: PageState) => string;
  /** Told where the canvas looks, whenever a person has moved it. */
  readonly moved?: (camera: Camera) => void;
  /** drawn upright unless the whole circuit is asked for */
  readonly upright?: boolean;
  /** the node that is in sight at first, where not all are; absent: where the flow begins */
  readonly first?: (state: PageState) => string | undefined;
  /** a small picture of all of it tells where one is */
  readonly minimap?: boolean;
}

export function createCanvas(
  page: Page,
  { painter, testId, label, moved, upright = false, first, minimap = false }: CanvasOptions,
): Canvas {
  const container = element('div', { class: 'canvas', testId, attributes: { role: 'application', tabindex: 0 } });
  const network = createNetwork(container);
  const scene = emptyScene();
  const painting = paintFrames(page, container, network, scene);
  const data = createNetworkData(network, painting.renderNode);
  painting.begin(data.lookAt);
  /** The room that the upright drawing was made for. */
  let room: Size = { width: 0, height: 0 };
  let windowHeight = 0;

  const isUpright = ({ view }: PageState): boolean => upright && !view.wholeCircuit;
  /** Makes what is drawn from what is shown. */
  const drawnFrom = (state: PageState): ShownGraph | null => {
    if (state.shown === null || (isUpright(state) && room.width === 0)) return state.shown;
    return isUpright(state) ? drawnUpright(state.shown, state.view, room) : drawnCircuit(state.shown, keptByShare(state));
  };
  const forwardOf = (state: PageState): Emphasis | null => emphasis({ ...state, shown: scene.shown });

  /** Another size: rows are laid out for the width, and for a height that the window has given; a dock that opens only covers some. */
  const resized = (size: Size): boolean => {
    const state = page.state();
    const taller = size.height > room.height || window.innerHeight !== windowHeight;
    if (size.width === room.width && !taller) return false;
    room = { width: size.width, height: taller ? size.height : room.height };
    windowHeight = window.innerHeight;
    if (!isUpright(state) || state.shown === null) return false;
    redrawn(state);
    return true;
  };
  const camera = createCameraControl(page, container, network, { moved, resized, first });
  const pointer = createPointerControl(page, container, network, () => camera.used());
  const map = createMinimap({
    ...camera,
    size: () => ({ width: container.clientWidth, height: container.clientHeight }),
    theme: () => page.state().theme,
    kept: ({ nodes }) => nodes.get(page.state().view.pinned.at(-1) ?? first?.(page.state()) ?? ''),
    entered: () => page.dispatch({ type: 'hover', id: null }),
  });
  if (minimap) {
    container.append(map.element);
    network.on('afterDrawing', map.moved);
  }

  /** Draws what is shown in another way: with other rows, or for another size. */
  const redrawn = (state: PageState): void => {
    scene.shown = drawnFrom(state);
    paint(state);
    if (scene.shown === null) return;
    const { shown } = scene;
    pointer.aimAt(shown);
    withoutDrawing(network, () => camera.extend(shown.layout, () => data.load(shown)));
  };
  const paint = (state: PageState): void => {
    if (scene.shown === null) return;
    scene.forward = forwardOf(state);
    paintEdges(scene.shown, state);
    repaint(scene.shown, state);
  };
  const repaint = (drawn: ShownGraph, state: PageState): void => {
    scene.paints = painter.nodes(drawn, state);
    scene.labels = new Map();
    if (minimap) map.painted(scene);
  };
  const paintEdges = (drawn: ShownGraph, { theme, view }: PageState): void => {
    scene.edgeStyles = painter.edges(drawn, theme);
    scene.edges = edgeLayer(drawn, scene.edgeStyles, view.hiddenEdges);
  };

  /** Whether another part of the whole circuit is kept. */
  const newKept = (state: PageState, before: PageState | null): boolean => {
    if (before === null) return true;
    const [now, then] = [keptByShare(state), keptByShare(before)];
    return now === null || then === null ? now !== then : now.size !== then.size || [...now].some((id) => !then.has(id));
  };

  let frame = 0;
  const redraw = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => network.redraw());
  };

  return {
    element: container,
    ...camera,
    is: (target) => target === container,
    drawn: () => scene.shown,
    locate(id) {
      const place = scene.shown?.layout.nodes.get(id);
      if (place === undefined) return null;
      const box = container.getBoundingClientRect();
      const corner = network.canvasToDOM({ x: place.x - place.width / 2, y: place.y - place.height / 2 });
      const scale = network.getScale();
      return { left: box.left + corner.x, top: box.top + corner.y, width: place.width * scale, height: place.height * scale };
    },
    update(state, before) {
      container.hidden = state.view.mode !== 'graph';
      const { shown, theme, view } = state;
      const readOn = before !== null && shown !== before.shown && isReadOn(shown, before.shown);
      const newGraph = shown !== (before?.shown ?? null) && !readOn;
      const newTheme = theme !== before?.theme;
      if (shown === null) {
        scene.shown = null;
        scene.forward = null;
        if (minimap) map.painted(scene);
        if (newGraph || before === null) withoutDrawing(network, () => camera.aimAt(null, data.clear));
        pointer.aimAt(null);
        return redraw();
      }
      const newForm = before !== null && view.wholeCircuit !== before.view.wholeCircuit;
      const newRows = before === null || DRAWN_BY.some((name) => view[name] !== before.view[name]);
      if (newGraph || newForm) {
        // While nothing was shown the container may have taken another size.
        const size = { width: container.clientWidth, height: container.clientHeight };
        if (size.width > 0 && size.height > 0) room = size;
        windowHeight = window.innerHeight;
        scene.shown = drawnFrom(state);
        paint(state);
        const drawn = scene.shown ?? shown;
        setAttributes(container, {
          'aria-label': l10n.t`${label(state)}. The arrow keys pan, plus and minus zoom, F fits. The table holds the same nodes as text.`,
        });
        pointer.aimAt(drawn);
        withoutDrawing(network, () => camera.aimAt(drawn.layout, () => data.load(drawn)));
        return redraw();
      }
      // A node that is pinned moves nothing of a circuit that has it already.
      if (newRows && (isUpright(state) || newKept(state, before))) {
        redrawn(state);
        return redraw();
      }
      if (readOn) {
        scene.shown = drawnFrom(state);
        paint(state);
        return redraw();
      }
      scene.forward = forwardOf(state);
      if (scene.shown === null) return;
      if (newTheme || view.hiddenEdges !== before?.view.hiddenEdges) {
        paintEdges(scene.shown, state);
      }
      if (newTheme || painter.chosen(state) !== painter.chosen(before)) {
        repaint(scene.shown, state);
      }
      redraw();
    },
  };
}
