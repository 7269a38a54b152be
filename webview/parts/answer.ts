/** Something that is asked for when it is seen: how far it has come, why it did not come, and how to ask again. */
import * as l10n from '@vscode/l10n';
import { render, type TemplateResult } from 'lit-html';
import type { FlowGraph } from '#core/format/flow-graph';
import type { Side } from '#core/format/comparison';
import type { INSIGHTS, InsightName, InsightRequest } from '#core/protocol/insight';
import type { Progress } from '#core/call-context';
import { html } from '../lib/dom/html';
import { button } from '../lib/controls/button';
import { element, setAttributes } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { insightOf, type Asked, type Here } from '../state/insight-state';
import type { Page } from '../state/page';
import type { PageState } from '../state/page-state';
import { seenInsight } from '../state/selectors';
import { progressBar } from './progress-bar';

/** What is shown of an answer that is not there; null where there is nothing to say. @param name what is being looked at */
function waitingFor(page: Page, request: InsightRequest, name: string, asked: Asked<unknown>): TemplateResult | null {
  switch (asked.kind) {
    case 'absent':
    case 'here':
      return null;
    case 'asked':
      return cancellable(name, asked.progress, `${request.of}-cancel`, () => page.post({ type: 'cancelInsight', request }));
    case 'failed': {
      const again = button({ label: l10n.t('Try Again'), testId: `${request.of}-again`, press: () => page.requestInsight(request) });
      return html`<div class="waiting-note" data-testid="${request.of}-failed" role="status">${failure(asked.problem)} ${again}</div>`;
    }
  }
}

function failure(problem: Extract<Asked<unknown>, { kind: 'failed' }>['problem']): TemplateResult {
  if (problem === null) return html`<span>${l10n.t('Cancelled.')}</span>`;
  const { message, hint } = problem;
  return html`${icon('warning')}<span>${hint === undefined ? message : `${message} ${hint}`}</span>`;
}

/** A bar, what is being done, and Cancel. @param progress null: nothing has been heard yet */
export function cancellable(name: string, progress: Progress | null, cancelId: string, cancel: () => void): TemplateResult {
  return html`<div class="waiting-progress">
    ${progressBar(name, progress)}
    <div class="waiting-line">
      <span role="status">${progress?.message ?? name}</span>${button({ label: l10n.t('Cancel'), testId: cancelId, press: cancel })}
    </div>
  </div>`;
}

/** The same in a box of its own. */
export function waitingBox(page: Page, request: InsightRequest, name: string, asked: Asked<unknown>): TemplateResult {
  const waiting = waitingFor(page, request, name, asked);
  return html`<div class="waiting" data-testid="${request.of}-waiting" ?hidden=${waiting === null}>${waiting}</div>`;
}

/** A part of a view that stands for an answer until it is there. */
export interface Waiting {
  readonly element: HTMLElement;
  /** @param over what of an answer is shown under it: the former one, or a part of the next; absent: nothing */
  update(asked: Asked<unknown>, over?: 'former' | 'part'): void;
}

/** @param name what is being looked at, for screen readers */
export function createWaiting(page: Page, request: InsightRequest, name: string): Waiting {
  const box = element('div', { class: 'waiting', testId: `${request.of}-waiting` });
  return {
    element: box,
    update(asked, over) {
      const waiting = waitingFor(page, request, name, asked);
      box.classList.toggle('over', over !== undefined);
      box.classList.toggle('partly', over === 'part');
      box.hidden = waiting === null;
      render(waiting, box);
    },
  };
}

type Prompted = Pick<FlowGraph, 'prompt'>;

/** What can be kept on the screen while the same prompt, or the same two, are looked at from another position, or for another target. */
type OfPrompt = Prompted | Readonly<Record<Side, Prompted>>;

/** What of an answer and of what is shown must be the same for that. */
function promptsOf(of: OfPrompt): string {
  return JSON.stringify('prompt' in of ? of.prompt : [of.left.prompt, of.right.prompt]);
}

/** Whether an answer is about the prompts that are shown, by the model that they are shown of. */
function isOfShown({ value, fingerprint }: Here<OfPrompt>, { shown, compared }: PageState): boolean {
  const now = shown ?? compared?.left;
  const prompts = shown?.graph ?? compared?.comparison;
  return prompts !== undefined && promptsOf(value) === promptsOf(prompts) && fingerprint === now?.fingerprint;
}

/** Shows an answer, or the former one of the same prompt while the next is on its way, so that nothing jumps. */
export interface Answered<T extends OfPrompt> {
  /** What is to be drawn, also where some of it is on its way; null: nothing. */
  update(asked: Asked<T>, state: PageState): T | null;
}

/** @param found what shows the answer */
export function createAnswered<T extends OfPrompt>(found: HTMLElement, waiting: Waiting): Answered<T> {
  let last: Here<T> | null = null;
  return {
    update(asked, state) {
      const { phase } = state;
      const known = asked.kind === 'here' ? asked : asked.kind === 'asked' ? (asked.part ?? null) : null;
      if (known !== null) last = known;
      const old = known === null && asked.kind !== 'failed' && last !== null && isOfShown(last, state);
      const part = known !== null && asked.kind === 'asked' ? 'part' : undefined;
      waiting.update(asked, old ? 'former' : part);
      found.hidden = known === null && !old;
      const outdated = old || phase.kind === 'working';
      found.classList.toggle('outdated', outdated);
      setAttributes(found, { 'aria-busy': outdated || asked.kind === 'asked' ? 'true' : null });
      return known?.value ?? null;
    },
  };
}

/** Asks for what is on the screen and has not been asked for. */
export function askForWhatIsSeen(page: Page): void {
  const state = page.state();
  const of = seenInsight(state);
  if (!page.live || of === null || (state.shown ?? state.compared) === null || state.phase.kind === 'working') return;
  const request = { of } as InsightRequest<TabOfPrompt>;
  if (insightOf(state.insights, request).kind === 'absent') page.requestInsight(request);
}

/** Insights of a tab: what a tab shows has no parameters. */
type TabOfPrompt = { [K in InsightName]: (typeof INSIGHTS)[K]['tab'] extends null ? never : K }[InsightName];
