/** The drawing as keys and tests reach it, whichever screen shows it. */
import type { Rect } from '../lib/dom/place-card';
import type { Camera } from '../state/camera';

/** See the head of this file. */
export interface Drawing {
  /** Shows the whole graph. */
  fit(): void;
  /** One step nearer, or further away. */
  zoom(direction: 1 | -1): void;
  /** Moves what is looked at by so many pixels. */
  pan(dx: number, dy: number): void;
  /** Where it is looked at from; null while nothing is drawn. */
  camera(): Camera | null;
  /** Looks from there. */
  follow(camera: Camera): void;
  /** Brings a node to the middle, at a scale at which it can be read. */
  show(id: string): void;
  /** Whether this element is the drawing itself, so that the arrow keys mean it. */
  is(target: EventTarget | null): boolean;
  /** A node's box in client pixels; null when there is no such node. */
  locate(id: string): Rect | null;
}
