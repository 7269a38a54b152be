/** What is going on when it is not the graph itself: work, or a problem. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import type { ShownProblem } from '#core/protocol/inspector';
import type { Progress } from '#core/call-context';
import { html } from '../lib/dom/html';
import { button } from '../lib/controls/button';
import { element } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import type { Page, Part } from '../state/page';
import { progressBar } from './progress-bar';

/** A thin bar over the drawing, what is being done, and Cancel. */
export function createProgress(page: Page): Part {
  const box = element('div', { class: 'progress', testId: 'progress', attributes: { hidden: true } });
  const progressOf = (progress: Progress): TemplateResult => html`
    ${progressBar(l10n.t('Forward pass'), progress)}
    <div class="progress-note">
      <span class="progress-message" data-testid="status" role="status">${progress.message}</span>
      ${button({ label: l10n.t('Cancel'), testId: 'cancel', press: () => page.post({ type: 'cancel' }) })}
    </div>
  `;
  return {
    element: box,
    update({ phase }, before) {
      if (phase === before?.phase) return;
      box.hidden = phase.kind !== 'working';
      if (phase.kind === 'working') render(progressOf(phase.progress), box);
    },
  };
}

/** A problem in words, and what can be done about it. */
export function createProblem(page: Page): Part {
  const box = element('div', { class: 'problem', testId: 'problem', attributes: { role: 'alert', hidden: true } });
  const problemOf = ({ message, hint, actions }: ShownProblem): TemplateResult => html`
    ${icon('warning')}
    <div class="problem-text">
      <p class="problem-message">${message}</p>
      ${hint === undefined ? nothing : html`<p class="problem-hint">${hint}</p>`}
    </div>
    <div class="problem-actions">
      ${actions?.map(({ id, title }, i) =>
        button({
          label: title,
          look: i === 0 ? 'primary' : 'secondary',
          testId: `action-${id}`,
          press: () => page.post({ type: 'action', id }),
        }),
      )}
      ${button({ label: l10n.t('Dismiss'), icon: 'close', testId: 'problem-dismiss', press: () => page.dispatch({ type: 'dismiss' }) })}
    </div>
  `;
  return {
    element: box,
    update({ phase }, before) {
      if (phase === before?.phase) return;
      box.hidden = phase.kind !== 'problem';
      render(phase.kind === 'problem' ? problemOf(phase.problem) : nothing, box);
    },
  };
}
