/** The frame of a view of insights. What is under way is shown over the part that scrolls, not in it. */
import { element } from '../lib/dom/element';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';
import type { Screen } from './screen';
import { passagesOf, viewPicture, type PictureHead } from './view-picture';

/** What a view of insights has in its frame. */
export interface InsightScreen {
  /** what the part that scrolls is called, for screen readers */
  readonly label: string;
  /** above the part that scrolls */
  readonly header?: HTMLElement;
  /** from top to bottom */
  readonly content: readonly HTMLElement[];
  readonly update: Part['update'];
  /** see `Screen`; or what stands above the text and tables of the page */
  readonly picture: Required<Screen>['picture'] | ReadPicture;
}

/** A picture of what the document says. */
export interface ReadPicture {
  /** of the page that the view is in */
  readonly state: Page['state'];
  readonly head: (state: PageState) => PictureHead;
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
    picture:
      typeof picture === 'function'
        ? picture
        : (theme, measure) =>
            viewPicture(picture.head(picture.state()), passagesOf(content, theme, picture.state(), update), theme, measure),
  };
}
