/** The course that edges take through rows: along a rail at the edge of the strip, or across the gutter to the other one. */
import type { PlacedNode, Segment } from '../layout';

/** Widths within a layer that is drawn row by row, in pixels. */
export const DETAIL = {
  rail: 9,
  inset: 20,
  between: 20,
  least: 84,
  most: 220,
  narrow: 320,
  part: { narrow: 0.41, usual: 0.36 },
  gutter: 28,
} as const;
/** The strip that rows are drawn in. */
export interface Panel {
  readonly left: number;
  readonly right: number;
}

/** From what a row writes down the right rail to the row where it adds up, or across to the other strip. */
export function course(own: PlacedNode, to: PlacedNode, panel: Panel): readonly Segment[] {
  const rail = panel.right - DETAIL.rail;
  const end = own.x + own.width / 2;
  const [left, right, top] = [to.x - to.width / 2, to.x + to.width / 2, to.y - to.height / 2];
  if (left > panel.right) {
    const across = panel.right + DETAIL.gutter / 2;
    const y = to.y + to.height / 5;
    return [
      { x1: end, y1: own.y, x2: across, y2: own.y },
      { x1: across, y1: own.y, x2: across, y2: y },
      { x1: across, y1: y, x2: left, y2: y },
    ];
  }
  if (right < rail) {
    // What adds up is entered from the right.
    return [
      { x1: end, y1: own.y, x2: rail, y2: own.y },
      { x1: rail, y1: own.y, x2: rail, y2: to.y },
      { x1: rail, y1: to.y, x2: right, y2: to.y },
    ];
  }
  return [
    { x1: end, y1: own.y, x2: rail, y2: own.y },
    { x1: rail, y1: own.y, x2: rail, y2: top },
  ];
}
