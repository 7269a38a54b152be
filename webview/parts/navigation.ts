/** Beside the tabs: back and forward through what was seen, the last prompts, and the whole width of the editor area. */
import * as l10n from '@vscode/l10n';
import { render } from 'lit-html';
import type { Direction, PageCommand } from '#core/protocol/inspector';
import { html } from '../lib/dom/html';
import { button } from '../lib/controls/button';
import { element } from '../lib/dom/element';
import type { Page, Part } from '../state/page';
import { nextStop } from '../state/trail';

export function createNavigation(page: Page): Part {
  const bar = element('div', { class: 'navigation', attributes: { role: 'group', 'aria-label': l10n.t('Navigation') } });
  const go = (direction: Direction) => (): void => page.dispatch({ type: 'go', direction });
  const command = (name: PageCommand) => (): void => page.post({ type: 'command', command: name });
  return {
    element: bar,
    update({ trail, seen, shown, compared, predictions }) {
      bar.hidden = !page.live;
      const model = (shown?.graph ?? compared?.comparison.left ?? predictions?.table)?.model;
      const dead = (direction: Direction): boolean => seen === null || nextStop(trail, direction) === undefined;
      render(
        html`<span class="navigation-model" data-testid="navigation-model" title=${model?.name ?? ''}>${model?.name}</span>
          ${button({ label: l10n.t('Go back (Alt+←)'), icon: 'back', testId: 'go-back', disabled: dead('back'), press: go('back') })}
          ${button({
            label: l10n.t('Go forward (Alt+→)'),
            icon: 'forward',
            testId: 'go-forward',
            disabled: dead('forward'),
            press: go('forward'),
          })}
          ${button({
            label: l10n.t('Find a token in the whole pass (Ctrl+F)'),
            icon: 'search',
            testId: 'find-token',
            disabled: shown === null,
            press: () => page.dispatch({ type: 'findToken' }),
          })}
          ${button({ label: l10n.t('Recent prompts'), icon: 'history', testId: 'recent-prompts', press: command('recentPrompts') })}
          ${button({ label: l10n.t('Maximize the panel, or restore it (M)'), icon: 'maximize', testId: 'maximize', press: command('toggleMaximized') })}`,
        bar,
      );
    },
  };
}
