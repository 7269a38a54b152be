/**
 * A small picture of all of a drawing, with a frame around what is in sight: where a whole circuit is too large to be read at once, it opens at
 * the place that matters, and this tells what is around. Nothing where all is in sight and can be read.
 */
import * as l10n from '@vscode/l10n';
import { render } from 'lit-html';
import type { GraphLayout, PlacedNode } from '#core/present/layout';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import type { Theme } from '../lib/theme/theme';
import type { Camera } from '../state/camera';
import { boundsOf, type Box, type Size } from './camera';
import { isLegible } from './groups';
import type { Scene } from './scene';

/** Measures in pixels. */
const MAP = { width: 112, least: 24, most: 56, padding: 3, beside: 12 } as const;
/** A canvas smaller than this has no room for a map. */
const ROOM: Size = { width: 300, height: 160 };
/** With more nodes only the boxes around them are drawn: their colours could not be told apart. */
const MANY_NODES = 600;

/** What a map is told and can ask for. */
export interface MinimapOptions {
  /** null: nothing is drawn */
  readonly camera: () => Camera | null;
  readonly size: () => Size;
  readonly theme: () => Theme;
  /** Looks at a place of the drawing, in graph units, at a scale at which it can be read. */
  readonly lookAt: (x: number, y: number) => void;
  /** What must not be covered, if anything must not. */
  readonly kept: (layout: GraphLayout) => PlacedNode | undefined;
  /** Shows all of it. */
  readonly fit: () => void;
  /** Shows what is shown at first. */
  readonly begin: () => void;
  /** The pointer has come from the drawing, of which nothing is pointed at any more. */
  readonly entered: () => void;
}

/** See the head of this file. */
export interface Minimap {
  readonly element: HTMLElement;
  /** Something else is drawn, or in other colours. */
  painted(scene: Scene): void;
  /** The camera has moved, or there is another size. */
  moved(): void;
}

/** What is told of a drawing: that a part of it is in sight, that it is too small, or nothing. */
type MapState = 'part' | 'small' | 'none';

/** What there is to tell of a drawing. @param box around it */
function mapStateOf(layout: GraphLayout, box: Box, camera: Camera, { width, height }: Size): MapState {
  if (layout.upright !== undefined || width < ROOM.width || height < ROOM.height) return 'none';
  const [x, y] = [width / 2 / camera.scale, height / 2 / camera.scale];
  const isWhole = box.left >= camera.x - x && box.right <= camera.x + x && box.top >= camera.y - y && box.bottom <= camera.y + y;
  if (!isWhole) return 'part';
  return isLegible(layout, camera.scale) ? 'none' : 'small';
}

export function createMinimap(options: MinimapOptions): Minimap {
  const picture = element('canvas', { class: 'minimap-picture' });
  const frame = element('div', { class: 'minimap-frame' });
  const map = element('div', { class: 'minimap-map', testId: 'minimap-map', attributes: { 'aria-hidden': 'true' } }, picture, frame);
  const button = element('div', { class: 'minimap-button' });
  const root = element('div', { class: 'minimap', testId: 'minimap', attributes: { hidden: true } }, map, button);
  let layout: GraphLayout | null = null;
  /** the drawing's own, found once: the camera moves at every frame */
  let around: Box = { left: 0, top: 0, right: 1, bottom: 1 };
  /** with some space around that */
  let box: Box = { left: 0, top: 0, right: 1, bottom: 1 };
  let size: Size = { width: MAP.width, height: MAP.most };
  let shown: MapState = 'none';

  const say = (state: MapState): void => {
    shown = state;
    root.hidden = state === 'none';
    map.hidden = state !== 'part';
    if (state === 'none') return;
    const [text, title, press] =
      state === 'part'
        ? [l10n.t('Show all'), l10n.t('Fit the whole graph (F)'), options.fit]
        : [l10n.t('Readable size'), l10n.t('Show the strongest part, in text that can be read'), options.begin];
    render(html`<button class="link" data-testid="minimap-button" type="button" title=${title} @click=${press}>${text}</button>`, button);
  };
  const lookThere = ({ clientX, clientY }: PointerEvent): void => {
    const at = map.getBoundingClientRect();
    const part = (value: number): number => Math.min(1, Math.max(0, value));
    options.lookAt(
      box.left + part((clientX - at.left) / at.width) * (box.right - box.left),
      box.top + part((clientY - at.top) / at.height) * (box.bottom - box.top),
    );
  };
  map.addEventListener('pointerdown', (event) => {
    map.setPointerCapture(event.pointerId);
    lookThere(event);
  });
  map.addEventListener('pointermove', (event) => {
    if (event.buttons !== 0) lookThere(event);
  });
  root.addEventListener('pointerenter', options.entered);
  // What happens on the map does not happen on the drawing under it.
  for (const type of ['pointermove', 'pointerdown', 'pointerup', 'wheel'] as const)
    root.addEventListener(type, (event) => event.stopPropagation(), { passive: true });

  /** It is at the left while a node that is to be seen would be under it. */
  const keepClear = (node: PlacedNode | undefined, camera: Camera): void => {
    const { width, height } = options.size();
    const right = node === undefined ? 0 : width / 2 + (node.x + node.width / 2 - camera.x) * camera.scale;
    const bottom = node === undefined ? 0 : height / 2 + (node.y + node.height / 2 - camera.y) * camera.scale;
    const isUnder = right > width - root.offsetWidth - MAP.beside && bottom > height - root.offsetHeight - MAP.beside;
    root.classList.toggle('at-left', isUnder);
  };
  const moved = (): void => {
    const camera = options.camera();
    if (layout !== null && camera !== null) keepClear(options.kept(layout), camera);
    const state = layout === null || camera === null ? 'none' : mapStateOf(layout, around, camera, options.size());
    if (state !== shown) say(state);
    if (state !== 'part' || camera === null) return;
    const { width, height } = options.size();
    const across = (x: number): number => Math.min(1, Math.max(0, (x - box.left) / (box.right - box.left))) * size.width;
    const down = (y: number): number => Math.min(1, Math.max(0, (y - box.top) / (box.bottom - box.top))) * size.height;
    const [halfWidth, halfHeight] = [width / 2 / camera.scale, height / 2 / camera.scale];
    const [left, top] = [across(camera.x - halfWidth), down(camera.y - halfHeight)];
    frame.style.left = `${left}px`;
    frame.style.top = `${top}px`;
    frame.style.width = `${across(camera.x + halfWidth) - left}px`;
    frame.style.height = `${down(camera.y + halfHeight) - top}px`;
  };

  return {
    element: root,
    painted(scene) {
      layout = scene.shown?.layout ?? null;
      if (layout === null || layout.upright !== undefined) return moved();
      around = boundsOf(layout);
      const unit = (around.right - around.left) / MAP.width;
      box = {
        left: around.left - MAP.padding * unit,
        right: around.right + MAP.padding * unit,
        top: around.top - MAP.padding * unit,
        bottom: around.bottom + MAP.padding * unit,
      };
      const height = (MAP.width * (box.bottom - box.top)) / (box.right - box.left);
      size = { width: MAP.width, height: Math.round(Math.min(MAP.most, Math.max(MAP.least, height))) };
      map.style.width = `${size.width}px`;
      map.style.height = `${size.height}px`;
      paintMap(picture, scene, { box, size, theme: options.theme() });
      moved();
    },
    moved,
  };
}

/** Paints every node as an area in its colour, or, where they are many, the boxes around them. */
function paintMap(
  picture: HTMLCanvasElement,
  { shown, paints }: Scene,
  { box, size, theme }: { readonly box: Box; readonly size: Size; readonly theme: Theme },
): void {
  picture.width = size.width * devicePixelRatio;
  picture.height = size.height * devicePixelRatio;
  const ctx = picture.getContext('2d');
  if (ctx === null || shown === null) return;
  const { nodes, groups } = shown.layout;
  const [x, y] = [picture.width / (box.right - box.left), picture.height / (box.bottom - box.top)];
  const area = (left: number, top: number, right: number, bottom: number): void =>
    ctx.fillRect((left - box.left) * x, (top - box.top) * y, Math.max(1, (right - left) * x), Math.max(1, (bottom - top) * y));
  ctx.fillStyle = theme.muted;
  // The rail of the residual stream.
  area(box.left, -2, box.right, 2);
  if (nodes.size > MANY_NODES) {
    ctx.globalAlpha = 0.4;
    for (const { left, top, right, bottom } of groups) area(left, top, right, bottom);
    return;
  }
  for (const { id, x: middle, y: centre, width, height } of nodes.values()) {
    const [left, top, right, bottom] = [middle - width / 2, centre - height / 2, middle + width / 2, centre + height / 2];
    // An edge of its own keeps a node of no colour in sight.
    ctx.globalAlpha = 0.35;
    ctx.fillStyle = theme.muted;
    area(left, top, right, bottom);
    ctx.globalAlpha = 0.8;
    ctx.fillStyle = paints.get(id)?.fill ?? theme.muted;
    area(left, top, right, bottom);
  }
}
