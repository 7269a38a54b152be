/** Cameras that show a graph. Pure arithmetic; `camera-control.ts` moves the real camera. */
import type { GraphLayout, PlacedNode } from '#core/present/layout';
import type { Camera } from '../state/camera';

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Space in pixels that a fitted drawing leaves free; the headings are at the top. */
export interface Margin {
  readonly top: number;
  readonly side: number;
  readonly bottom: number;
}

export const ZOOM = { least: 0.002, most: 4, step: 1.25, fitMost: 1.25 } as const;

/** The box around all nodes. */
export function boundsOf(layout: Pick<GraphLayout, 'nodes'>): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y, width, height } of layout.nodes.values()) {
    box.left = Math.min(box.left, x - width / 2);
    box.right = Math.max(box.right, x + width / 2);
    box.top = Math.min(box.top, y - height / 2);
    box.bottom = Math.max(box.bottom, y + height / 2);
  }
  return layout.nodes.size === 0 ? { left: 0, top: 0, right: 1, bottom: 1 } : box;
}

/** Whether a node is on the rail of the residual stream, which is where the layout has its origin. */
const isOnRail = ({ y }: PlacedNode): boolean => y === 0;

/**
 * The box around what hangs below the rail in the part of a drawing that a camera shows from left to right, with a node that it is to show:
 * columns of other heights elsewhere, and the rail far above short ones, do not count.
 */
export function shownBelowRail(layout: Pick<GraphLayout, 'nodes'>, { x, scale }: Camera, { width }: Size, node: PlacedNode): Box {
  const half = width / 2 / scale;
  const seen = Array.from(layout.nodes).filter(
    ([, place]) => place === node || (!isOnRail(place) && Math.abs(place.x - x) <= half - place.width / 2),
  );
  return boundsOf({ nodes: new Map(seen) });
}

/** The camera with which the whole box fills a canvas. */
export function fitCamera(box: Box, canvas: Size, margin: Margin): Camera {
  const width = Math.max(1, canvas.width - 2 * margin.side);
  const height = Math.max(1, canvas.height - margin.top - margin.bottom);
  const scale = clampScale(Math.min(width / (box.right - box.left), height / (box.bottom - box.top), ZOOM.fitMost));
  return {
    x: (box.left + box.right) / 2,
    y: (box.top + box.bottom) / 2 - (margin.top - margin.bottom) / (2 * scale),
    scale,
  };
}

/**
 * The first camera of a graph: all of it where that can be read, that is at a scale of `legible` or more; else its top left
 * corner, where the flow begins, at a scale of `readable`.
 */
export function firstCamera(box: Box, canvas: Size, margin: Margin, legible: number, readable: number): Camera {
  const whole = fitCamera(box, canvas, margin);
  if (whole.scale >= legible) return whole;
  const scale = readable;
  return { x: box.left + (canvas.width / 2 - margin.side) / scale, y: box.top + (canvas.height / 2 - margin.top) / scale, scale };
}

/** The camera of an upright drawing, which is as wide as its canvas: from the top at its own size, or all of it. */
export function uprightCamera({ width, height }: Size, canvas: Size, all: boolean): Camera {
  const scale = all ? clampScale(Math.min(1, canvas.height / height, canvas.width / width)) : 1;
  return { x: width / 2, y: canvas.height / 2 / scale, scale };
}

export function clampScale(scale: number): number {
  return Math.min(ZOOM.most, Math.max(ZOOM.least, scale));
}

/** The nearest camera that has a node inside the margin; the same one if it is there already. */
export function inSight(camera: Camera, node: PlacedNode, { width, height }: Size, margin: Margin): Camera {
  const { x, y, scale } = camera;
  /** How far the camera must go for something of this size to lie between two borders. */
  const over = (centre: number, size: number, from: number, to: number): number =>
    Math.max(0, centre + size / 2 - to) + Math.min(0, centre - size / 2 - from);
  const half = { x: width / 2 / scale, y: height / 2 / scale };
  const side = margin.side / scale;
  const by = {
    x: over(node.x, node.width, x - half.x + side, x + half.x - side),
    y: over(node.y, node.height, y - half.y + margin.top / scale, y + half.y - margin.bottom / scale),
  };
  return by.x === 0 && by.y === 0 ? camera : { x: x + by.x, y: y + by.y, scale };
}

/** The same camera with a node half-way down what the margin leaves, as far as there is drawing above and below. */
export function halfWayDown(camera: Camera, node: PlacedNode, box: Box, { height }: Size, margin: Margin): Camera {
  const { scale } = camera;
  const half = height / 2 / scale;
  const [least, most] = [box.top + half - margin.top / scale, box.bottom - half + margin.bottom / scale];
  const middle = node.y - (margin.top - margin.bottom) / 2 / scale;
  return { ...camera, y: Math.max(least, Math.min(most, middle)) };
}
