/** A drawing by itself, for a paper or a talk: as large as what it shows, on a ground of its own, with a caption. */
import type { Surface } from '../graph/surface';
import type { Theme } from '../lib/theme/theme';

/** Width of a text in pixels. @param font as CSS: "600 12px sans-serif" */
export type MeasureFont = (text: string, font: string) => number;

/** Something that is drawn as one. */
export interface Group {
  /** said under the pointer, and by screen readers */
  readonly name?: string;
  /** where its own coordinates begin */
  readonly x?: number;
  readonly y?: number;
  /** a quarter turned: what goes to the right goes upwards */
  readonly upwards?: boolean;
}

/** What pictures are drawn on. */
export interface PictureSurface extends Surface {
  group(group: Group, draw: () => void): void;
}

/** See the head of this file. Lengths are pixels, from the top left corner. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly theme: Theme;
  /** what it shows, in one line */
  readonly title: string;
  /** Draws all of it but for the ground. */
  draw(surface: PictureSurface): void;
}

/** Sans-serif fonts that papers have: the same widths, whichever of them is there. */
const FONT = 'Arial, "Liberation Sans", Helvetica, "DejaVu Sans", sans-serif';

/** Black on white, as a paper is printed. */
export const PAPER: Theme = {
  kind: 'light',
  background: '#ffffff',
  foreground: '#1f1f1f',
  muted: '#57606a',
  panel: '#f5f5f5',
  border: '#c8c8c8',
  font: FONT,
};

/** The same on a dark ground. */
export const NIGHT: Theme = {
  kind: 'dark',
  background: '#1f1f1f',
  foreground: '#e6e6e6',
  muted: '#a0a0a0',
  panel: '#2a2a2a',
  border: '#4a4a4a',
  font: FONT,
};
