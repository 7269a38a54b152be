/** Beside the tabs: back and forward through what was seen, the last prompts, an image of what is shown, and the whole width of the editor area. */
import * as l10n from '@vscode/l10n';
import { render } from 'lit-html';
import type { Direction } from '#core/protocol/inspector';
import type { PageCommand } from '#core/protocol/page-messages';
import { html } from '../lib/dom/html';
import { button } from '../lib/controls/button';
import { element } from '../lib/dom/element';
import type { Page, Part } from '../state/page';
import { whyNoSearch } from '../state/selectors';
import { nextStop } from '../state/trail';

/** What became of the image that was to be copied last. */
type Copied = 'nothing' | 'copied' | 'refused';

const COPY_LABELS: Readonly<Record<Copied, string>> = {
  nothing: l10n.t('Copy image'),
  copied: l10n.t('The image is on the clipboard'),
  refused: l10n.t('The image could not be copied. Export it instead.'),
};

/** @param image copies what is shown; null where there is no picture of it */
export function createNavigation(page: Page, image: () => (() => Promise<void>) | null): Part {
  let copied: Copied = 'nothing';
  const copy = (): void => {
    const done = (now: Copied) => (): void => {
      copied = now;
      draw();
    };
    image()?.().then(done('copied'), done('refused'));
  };
  const bar = element('div', { class: 'navigation', attributes: { role: 'group', 'aria-label': l10n.t('Navigation') } });
  const go = (direction: Direction) => (): void => page.dispatch({ type: 'go', direction });
  const command = (name: PageCommand) => (): void => page.post({ type: 'command', command: name });
  const draw = (): void => {
    const { trail, seen, shown, compared, predictions } = page.state();
    const model = (shown?.graph ?? compared?.comparison.left ?? predictions?.table)?.model;
    const dead = (direction: Direction, reason: string): string | undefined =>
      seen === null || nextStop(trail, direction) === undefined ? reason : undefined;
    render(
      html`<span class="navigation-model" data-testid="navigation-model" title=${model?.name ?? ''}>${model?.name}</span>
        ${button({ label: l10n.t('Go back (Alt+←)'), icon: 'back', testId: 'go-back', disabled: dead('back', l10n.t('There is nothing to go back to.')), press: go('back') })}
        ${button({
          label: l10n.t('Go forward (Alt+→)'),
          icon: 'forward',
          testId: 'go-forward',
          disabled: dead('forward', l10n.t('There is nothing to go forward to.')),
          press: go('forward'),
        })}
        ${button({
          label: l10n.t('Find a token in the whole pass (Ctrl+F)'),
          icon: 'search',
          testId: 'find-token',
          disabled: whyNoSearch(page.state()) ?? undefined,
          press: () => page.dispatch({ type: 'findToken' }),
        })}
        ${button({
          label: COPY_LABELS[copied],
          icon: copied === 'copied' ? 'check' : copied === 'refused' ? 'warning' : 'copy',
          testId: 'copy-image',
          disabled: image() === null ? l10n.t('There is no picture of this view.') : undefined,
          press: copy,
        })}
        ${button({ label: l10n.t('Recent prompts'), icon: 'history', testId: 'recent-prompts', press: command('recentPrompts') })}
        ${button({ label: l10n.t('Maximize the panel, or restore it (M)'), icon: 'maximize', testId: 'maximize', press: command('toggleMaximized') })}`,
      bar,
    );
  };
  return {
    element: bar,
    update(state, before) {
      bar.hidden = !page.live;
      if (state.shown !== before?.shown || state.compared !== before.compared || state.view !== before.view) copied = 'nothing';
      draw();
    },
  };
}
