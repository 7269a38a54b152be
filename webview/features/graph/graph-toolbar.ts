/** The controls of a flow graph: target, colours, detail, comparison, the drawing's zoom, and drawing or table. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import { html } from '../../lib/dom/html';
import type { Drawing } from '../../graph/drawing';
import { button } from '../../lib/controls/button';
import { element } from '../../lib/dom/element';
import { detailToggle } from '../../parts/detail';
import { circuitToggle, createColourBy, modeButtons, zoomButtons } from '../../parts/drawing-controls';
import { createContinueButton } from '../../parts/continuation';
import { createTarget, createTargetText } from '../../parts/target';
import type { Page, Part } from '../../state/page';
import type { Mode } from '../../state/view-state';

const MODES: readonly (readonly [Mode, string])[] = [
  ['graph', l10n.t('Graph')],
  ['table', l10n.t('Table')],
];

export function createGraphToolbar(page: Page, drawing: Drawing): Part {
  const toolbar = element('div', { class: 'toolbar', attributes: { role: 'group', 'aria-label': l10n.t('Controls') } });
  const target = page.live ? createTarget(page, 'left', createContinueButton(page)) : createTargetText();
  const colours = createColourBy(page);
  const choose = (mode: Mode) => (): void => page.dispatch({ type: 'view', change: { mode } });
  return {
    element: toolbar,
    update(state, before) {
      const compareWith = {
        label: l10n.t('Compare with…'),
        icon: 'compare' as const,
        testId: 'compare-with',
        hidden: state.asking, // in the form in which the prompt is typed
        press: () => page.dispatch({ type: 'asking', asking: true }),
      };
      render(
        html`${target.element} ${colours.element} ${page.live ? html`${detailToggle(page, state)}${button(compareWith)}` : nothing}
          <span class="toolbar-spacer"></span>
          ${circuitToggle(page, state)} ${zoomButtons(drawing, state)}
          ${modeButtons(
            l10n.t('Show as'),
            MODES.map(([mode, label]) => ({
              testId: `${mode}-toggle`,
              label,
              pressed: state.view.mode === mode,
              choose: choose(mode),
            })),
          )}`,
        toolbar,
      );
      target.update(state, before);
      colours.update(state, before);
    },
  };
}
