/** Another target, or a second token to compare it with: a button beside the answer, and a row that it opens. */
import * as l10n from '@vscode/l10n';
import { render } from 'lit-html';
import { button } from '../../lib/controls/button';
import { element } from '../../lib/dom/element';
import { createTarget, createTargetProblem } from '../../parts/target';
import { insightOf } from '../../state/insight-state';
import type { Page, Part } from '../../state/page';
import type { PageState } from '../../state/page-state';

/** See the head of this file. */
export interface StoryTarget extends Part {
  readonly toggle: HTMLElement;
}

/** Whether the row must be there: what was chosen is seen in it, what is wrong with it, and how to get rid of it. */
function isNeeded({ request, targetProblem, insights }: PageState): boolean {
  const isChosen = (request?.target ?? request?.against ?? null) !== null;
  return isChosen || targetProblem !== null || insightOf(insights, { of: 'story' }).kind === 'failed';
}

export function createStoryTarget(page: Page): StoryTarget {
  const [target, problem] = [createTarget(page), createTargetProblem(page)];
  const row = element('div', { class: 'story-target' }, target.element, problem.element);
  const toggle = element('div', { class: 'story-aim' });
  let isWanted = false;

  const isOpen = (): boolean => isWanted || isNeeded(page.state());
  const draw = (): void => {
    row.hidden = !page.live || !isOpen();
    render(button({ label: l10n.t('Explain another token, or compare two'), icon: 'edit', testId: 'target-open', press: open }), toggle);
  };
  const open = (): void => {
    isWanted = !isOpen();
    draw();
    if (isWanted) row.querySelector<HTMLElement>('[data-testid=target-input]')?.focus();
  };
  row.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || isNeeded(page.state())) return;
    isWanted = false;
    draw();
    toggle.querySelector<HTMLElement>('[data-testid=target-open]')?.focus();
  });

  return {
    element: row,
    toggle,
    update(state, before) {
      target.update(state, before);
      problem.update(state, before);
      draw();
    },
  };
}
