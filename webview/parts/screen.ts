/** What fills the window: one screen at a time, chosen by the state. Only the current one is in the document. */
import type { Drawing } from '../graph/drawing';
import type { Part } from '../state/page';

/** See the head of this file. */
export interface Screen extends Part {
  /** the part under the header: where work under way is shown */
  readonly stage: HTMLElement;
  /** null where nothing is drawn */
  readonly drawing: Drawing | null;
}
