/** Where the drawing is looked at from. Pure arithmetic; `canvas.ts` moves the real camera. */
import type { GraphLayout } from '#core/present/layout';

/** Centre in graph units, and pixels per unit. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A view together with the layout that it was a view of. */
export interface Camera extends View {
  readonly layout: string;
}

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

/** Space in pixels that a fitted drawing leaves free; the headings stand at the top. */
export interface Margin {
  readonly top: number;
  readonly side: number;
  readonly bottom: number;
}

export const ZOOM = { least: 0.02, most: 4, step: 1.25, fitMost: 1.25 } as const;

/** The box around all nodes. */
export function boundsOf(layout: GraphLayout): Box {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y, width, height } of layout.nodes.values()) {
    box.left = Math.min(box.left, x - width / 2);
    box.right = Math.max(box.right, x + width / 2);
    box.top = Math.min(box.top, y - height / 2);
    box.bottom = Math.max(box.bottom, y + height / 2);
  }
  return layout.nodes.size === 0 ? { left: 0, top: 0, right: 1, bottom: 1 } : box;
}

/** The view in which the whole box fills a canvas. */
export function fitView(box: Box, canvas: Size, margin: Margin): View {
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
 * The first view of a graph: all of it where that can be read, that is at a scale of `legible` or more; else its top left
 * corner, where the flow begins, in full height where that is legible, and no larger than `readable`; its left middle where
 * the canvas holds less than half of its height.
 */
export function firstView(box: Box, canvas: Size, margin: Margin, legible: number, readable: number): View {
  const whole = fitView(box, canvas, margin);
  if (whole.scale >= legible) return whole;
  const fullHeight = (canvas.height - margin.top - margin.bottom) / (box.bottom - box.top);
  const scale = fullHeight >= legible ? Math.min(fullHeight, readable) : readable;
  const free = (canvas.height - margin.top - margin.bottom) / scale;
  return {
    x: box.left + (canvas.width / 2 - margin.side) / scale,
    // A low canvas would show the rail and nothing that hangs below it: there the middle is looked at, where the flow divides.
    y:
      free < (box.bottom - box.top) / 2
        ? (box.top + box.bottom) / 2 - (margin.top - margin.bottom) / (2 * scale)
        : box.top + (canvas.height / 2 - margin.top) / scale,
    scale,
  };
}

export function clampScale(scale: number): number {
  return Math.min(ZOOM.most, Math.max(ZOOM.least, scale));
}

/**
 * Names a layout: two graphs with as many columns and the same extent, such as two layers of one model, are looked at
 * from the same place.
 */
export function layoutKey(layout: GraphLayout): string {
  return `${layout.columns.length} columns ${Math.round(layout.width)}×${Math.round(layout.height)}`;
}
