/** What the parts of the page have in common, and what they may do. */
import type { InsightRequest } from '#core/protocol/insight';
import type { PageMessage } from '#core/protocol/page-messages';
import type { CompareRequest, ViewRequest } from '#core/protocol/view-request';
import type { PageEvent } from './page-event';
import type { PageState } from './page-state';

/** A part of the page: an element, and how it follows the state. */
export interface Part {
  readonly element: HTMLElement;
  /** Draws the state; `before` is what was drawn last, null the first time. */
  update(state: PageState, before: PageState | null): void;
}

/** What a part of the page may do. */
export interface Page {
  /** True where a model answers. */
  readonly live: boolean;
  state(): PageState;
  dispatch(event: PageEvent): void;
  /** Asks the host for another graph. */
  ask(change: Partial<ViewRequest>): void;
  /** Asks for another graph whose counts last until other layers or another prompt are shown. */
  visit(change: Partial<ViewRequest>): void;
  /** Asks the host for an insight into what is shown. */
  requestInsight(request: InsightRequest): void;
  /** Asks the host for another view of the comparison. */
  askComparison(change: Partial<CompareRequest>): void;
  post(message: PageMessage): void;
}
