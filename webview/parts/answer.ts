/** Something that is asked for when it is seen: how far it has come, why it did not come, and how to ask again. */
import type { FlowGraph } from '#core/format/flow-graph';
import type { Look } from '#core/protocol/insight';
import type { Progress } from '#core/call-context';
import { button } from '../lib/controls/toolkit';
import { element, fill, setAttributes } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import type { PageState } from '../state/page-state';
import type { Page } from '../state/page';
import { lookOf, type Asked } from '../state/insight-state';

/** A part of a view that stands for an answer until it is there. */
export interface Waiting {
  readonly element: HTMLElement;
  /** @param over the former answer is still shown under it */
  update(asked: Asked<unknown>, over?: boolean): void;
}

/** @param name what is being looked at, for screen readers */
export function createWaiting(page: Page, look: Look, name: string): Waiting {
  const bar = createProgressBar(name, `${look.of}-cancel`, () => page.post({ type: 'cancelLook', look }));
  const note = element('div', { class: 'waiting-note', testId: `${look.of}-failed`, attributes: { role: 'status' } });
  const box = element('div', { class: 'waiting', testId: `${look.of}-waiting` }, bar.element, note);
  let drawn: Asked<unknown> | null = null;
  return {
    element: box,
    update(asked, over = false) {
      box.classList.toggle('over', over);
      if (asked === drawn) return;
      drawn = asked;
      box.hidden = asked.kind === 'here' || asked.kind === 'absent';
      bar.element.hidden = asked.kind !== 'asked';
      note.hidden = asked.kind !== 'failed';
      if (asked.kind === 'asked') bar.show(asked.progress);
      if (asked.kind === 'failed')
        fill(note, ...failureOf(asked.problem), button({ label: 'Look Again', testId: `${look.of}-again`, press: () => page.look(look) }));
    },
  };
}

function failureOf(problem: Extract<Asked<unknown>, { kind: 'failed' }>['problem']): Node[] {
  if (problem === null) return [element('span', { text: 'Cancelled.' })];
  const { message, hint } = problem;
  return [icon('warning'), element('span', { text: hint === undefined ? message : `${message} ${hint}` })];
}

/** What can be kept on the screen while the same prompt is looked at from another position, or for another target. */
type OfPrompt = Pick<FlowGraph, 'model' | 'prompt'>;

/** Shows an answer, or the former one of the same prompt while the next is on its way, so that nothing jumps. */
export interface Answered<T extends OfPrompt> {
  /** What is to be drawn; null: nothing. */
  update(asked: Asked<T>, state: PageState): T | null;
}

/** @param found what shows the answer */
export function createAnswered<T extends OfPrompt>(found: HTMLElement, waiting: Waiting): Answered<T> {
  let last: T | null = null;
  return {
    update(asked, { shown, phase }) {
      if (asked.kind === 'here') last = asked.value;
      const old =
        asked.kind !== 'here' &&
        asked.kind !== 'failed' &&
        last !== null &&
        last.prompt === shown?.graph.prompt &&
        last.model.name === shown.graph.model.name;
      waiting.update(asked, old);
      found.hidden = asked.kind !== 'here' && !old;
      const outdated = old || phase.kind === 'working';
      found.classList.toggle('outdated', outdated);
      setAttributes(found, { 'aria-busy': outdated ? 'true' : null });
      return asked.kind === 'here' ? asked.value : null;
    },
  };
}

/** A bar, what is being done, and Cancel. */
export interface ProgressBar {
  readonly element: HTMLElement;
  /** null: nothing has been heard yet */
  show(progress: Progress | null): void;
}

export function createProgressBar(name: string, cancelId: string, cancel: () => void): ProgressBar {
  const fillBar = element('div', { class: 'progress-fill' });
  const bar = element(
    'div',
    { class: 'progress-bar', attributes: { role: 'progressbar', 'aria-label': name, 'aria-valuemin': 0, 'aria-valuemax': 100 } },
    fillBar,
  );
  const message = element('span', { attributes: { role: 'status' } });
  return {
    element: element(
      'div',
      { class: 'waiting-progress' },
      bar,
      element('div', { class: 'waiting-line' }, message, button({ label: 'Cancel', testId: cancelId, press: cancel })),
    ),
    show(progress) {
      const part = progress?.total ? Math.min(1, progress.done / progress.total) : null;
      message.textContent = progress?.message ?? name;
      bar.classList.toggle('unknown', part === null);
      fillBar.style.width = part === null ? '' : `${part * 100}%`;
      setAttributes(bar, { 'aria-valuenow': part === null ? null : Math.round(part * 100) });
    },
  };
}

/** Asks for what is on the screen and has not been asked for. */
export function askForWhatIsSeen(page: Page): void {
  const { view, shown, phase, insights } = page.state();
  if (!page.live || shown === null || phase.kind === 'working') return;
  const look: Look | null = view.tab === 'overview' || view.tab === 'norms' ? { of: view.tab } : null;
  if (look !== null && lookOf(insights, look).kind === 'absent') page.look(look);
}
