/** What fills the window: one screen at a time, chosen by the state. Only the current one is in the document. */
import type { Rect } from '../lib/dom/place-card';
import type { View } from './view';

/** A drawing that keys and tests reach, whichever screen shows it. */
export interface Drawing {
  fit(): void;
  zoom(direction: 1 | -1): void;
  pan(dx: number, dy: number): void;
  /** Whether this element is the drawing itself, so that the arrow keys mean it. */
  is(target: EventTarget | null): boolean;
  /** A node's box in client pixels; null when there is no such node. */
  locate(id: string): Rect | null;
}

export interface Screen extends View {
  /** the part under the header: where work under way is shown */
  readonly stage: HTMLElement;
  /** null where nothing is drawn */
  readonly drawing: Drawing | null;
}
