/**
 * The drawing. vis-network holds nodes and edges, the camera and the gestures; how a node looks is painted here. This
 * folder is the only importer of vis-network.
 */
import * as l10n from '@vscode/l10n';
import { element, setAttributes } from '../lib/dom/element';
import type { Camera } from '../state/camera';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import { emphasis, keptByShare } from '../state/selectors';
import { createCameraControl, type CameraControl } from './camera-control';
import type { Drawing } from './drawing';
import { paintFrames } from './frame';
import { createNetwork } from './network';
import { createNetworkData } from './network-data';
import type { Painter } from './painter';
import { createPointerControl } from './pointer';
import { emptyScene } from './scene';

/** The drawing as the rest of the page sees it. */
export interface Canvas extends Part, Drawing, Pick<CameraControl, 'show'> {}

export interface CanvasOptions {
  readonly painter: Painter;
  readonly testId: string;
  /** what is drawn, for screen readers */
  readonly label: (state: PageState) => string;
  /** Told where the canvas looks, whenever a person has moved it. */
  readonly moved?: (camera: Camera) => void;
}

export function createCanvas(page: Page, { painter, testId, label, moved }: CanvasOptions): Canvas {
  const container = element('div', { class: 'canvas', testId, attributes: { role: 'application', tabindex: 0 } });
  const network = createNetwork(container);
  const scene = emptyScene();
  const data = createNetworkData(network, scene, paintFrames(page, container, network, scene));
  const camera = createCameraControl(page, container, network, moved);
  const pointer = createPointerControl(page, container, network, () => camera.used());

  let frame = 0;
  const redraw = (): void => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => network.redraw());
  };

  return {
    element: container,
    ...camera,
    is: (target) => target === container,
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
      const newGraph = shown !== (before?.shown ?? null);
      const newTheme = theme !== before?.theme;
      const newKept =
        newGraph || view.shareKept !== before?.view.shareKept || view.keepBy !== before.view.keepBy || view.pinned !== before.view.pinned;
      scene.shown = shown;
      scene.forward = emphasis(state);
      if (newKept) scene.kept = keptByShare(state);
      if (shown === null) {
        if (newGraph || before === null) camera.aimAt(null, data.clear);
        pointer.aimAt(null);
        return redraw();
      }
      const restyled = newGraph || newTheme || newKept || view.hiddenEdges !== before.view.hiddenEdges;
      if (restyled) scene.edgeStyles = painter.edges(shown, theme);
      if (newGraph) {
        setAttributes(container, {
          'aria-label': l10n.t`${label(state)}. The arrow keys pan, plus and minus zoom, F fits. The table holds the same nodes as text.`,
        });
        pointer.aimAt(shown);
        camera.aimAt(shown.layout, () => data.load(shown, view.hiddenEdges));
      } else if (restyled) {
        data.restyle(shown, view.hiddenEdges);
      }
      if (newGraph || newTheme || painter.chosen(state) !== painter.chosen(before)) {
        scene.paints = painter.nodes(shown, state);
        scene.labels = new Map();
      }
      redraw();
    },
  };
}
