/** The head of a view of a prompt: its tokens, of which one is chosen, the model, and the target. The choice is one for all tabs. */
import * as l10n from '@vscode/l10n';
import { element } from '../lib/dom/element';
import { createContinuation, createContinueButton } from './continuation';
import { createHeading } from './heading';
import { createTokenStrip } from './token-strip';
import { createTarget, createTargetProblem } from './target';
import type { Page, Part } from '../state/page';

/** @param title what the view is, for screen readers */
export function createPromptHeader(page: Page, title: string): Part {
  const [strip, heading, target, problem] = [
    createTokenStrip(page),
    createHeading(),
    createTarget(page, 'left', createContinueButton(page)),
    createTargetProblem(page),
  ];
  const continuation = createContinuation(page);
  const parts = [strip, heading, continuation, target, problem];
  // In a file there is no model that could be asked for another target.
  const controls = [
    element('div', { class: 'toolbar', attributes: { role: 'group', 'aria-label': l10n.t('Controls') } }, target.element),
    problem.element,
  ];
  return {
    element: element(
      'header',
      { class: 'header' },
      element('h1', { class: 'unseen', text: title }),
      element('div', { class: 'prompt' }, strip.element, heading.element),
      continuation.element,
      ...(page.live ? controls : []),
    ),
    update: (state, before) => parts.forEach((part) => part.update(state, before)),
  };
}
