/** What fills the window: one screen at a time, chosen by the state. Only the current one is in the document. */
import type { Drawing } from '../graph/drawing';
import type { Theme } from '../lib/theme/theme';
import type { MeasureFont, Picture } from '../picture/picture';
import type { Part } from '../state/page';

/** See the head of this file. */
export interface Screen extends Part {
  /** the part under the header: where work under way is shown */
  readonly stage: HTMLElement;
  /** null where nothing is drawn */
  readonly drawing: Drawing | null;
  /** What is shown, as a picture by itself; null where it is not there yet. Absent: there are no pictures of this screen. */
  readonly picture?: (theme: Theme, measure: MeasureFont) => Picture | null;
}
