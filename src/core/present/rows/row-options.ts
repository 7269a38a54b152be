/** The room that rows are drawn in, and the measures that they have. */
import type { KeepBy } from '../../analyse/attribution';

/** The room and the wishes. */
export interface RowOptions {
  /** of the canvas, in pixels */
  readonly width: number;
  readonly height: number;
  /** the branches of a single layer stand side by side */
  readonly aside: boolean;
  /** part of Σ |share|, or |effect|, for which rows are drawn; 1: no limit but the room */
  readonly kept: number;
  readonly by: KeepBy;
  readonly pinned: ReadonlySet<string>;
  /** ids of others that were asked to show their parts, see `Others.unfolds` */
  readonly unfolded: ReadonlySet<string>;
}

/** Measures, in pixels at zoom 1. */
export const ROWS = {
  /** the smallest distance between rows at which their text is 12 px */
  pitch: 24,
  mostPitch: 30,
  /** the same of layers on one line, with text of 11 px */
  compactPitch: 17,
  mostCompactPitch: 26,
  margin: 6,
  /** more layers than this are on one line each */
  detailedLayers: 2,
  /** neurons that have rows: wanted, and where there is room */
  neurons: 5,
  mostNeurons: 8,
  /** columns of layers on one line: their numbers, the least that a part takes, the gap */
  number: 34,
  part: 78,
  gap: 8,
} as const;

/** How many parts a line has room for, what gathers the others included. */
export function partsPerLine(width: number): number {
  return Math.max(2, Math.min(6, Math.floor((width - ROWS.number - streamWidth(width)) / (ROWS.part + ROWS.gap))));
}

/** Width of the stream's cell on the line of a layer. */
export function streamWidth(width: number): number {
  return Math.round(Math.min(220, Math.max(84, width * 0.18)));
}
