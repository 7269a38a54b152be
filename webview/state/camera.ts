/** Where the drawing is looked at from. */
import type { GraphLayout } from '#core/present/layout';

/** Centre in graph units, and pixels per unit. */
export interface Camera {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

/** A camera together with the layout that it looked at. */
export interface KeptCamera extends Camera {
  readonly layout: string;
  /** all of the drawing was asked to be seen: with another size of the panel it is fitted again */
  readonly fitted?: boolean;
}

/**
 * Names a layout: two graphs with as many columns and the same extent, such as two layers of one model, are looked at
 * from the same place.
 */
export function layoutKey(layout: GraphLayout): string {
  return `${layout.columns.length} columns ${Math.round(layout.width)}×${Math.round(layout.height)}`;
}
