/** The frame of a view of insights. What is under way is shown over the part that scrolls, not in it. */
import { element } from '../lib/dom/element';
import type { Part } from '../state/page';
import type { Screen } from './screen';

/** What a view of insights has in its frame. */
export interface InsightScreen {
  /** what the part that scrolls is called, for screen readers */
  readonly label: string;
  /** above the part that scrolls */
  readonly header?: HTMLElement;
  /** from top to bottom */
  readonly content: readonly HTMLElement[];
  readonly update: Part['update'];
  /** see `Screen` */
  readonly picture?: Screen['picture'];
}

/** Puts content into the frame. */
export function insightScreen({ label, header, content, update, picture }: InsightScreen): Screen {
  const scroller = element('div', { class: 'stage insight', attributes: { tabindex: 0, role: 'region', 'aria-label': label } }, ...content);
  const main = element('main', { class: 'main' }, scroller);
  return {
    element: element('div', { class: 'screen' }, header ?? null, main),
    stage: main,
    drawing: null,
    update,
    ...(picture && { picture }),
  };
}
