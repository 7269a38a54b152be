/** The controls of a comparison. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { contrastInWords } from '#core/present/describe';
import type { ComparedTargets } from '#core/format/compared-targets';
import { html } from '../../lib/dom/html';
import type { Drawing } from '../../graph/drawing';
import { button } from '../../lib/controls/button';
import { dropdown } from '../../lib/controls/toolkit';
import { element } from '../../lib/dom/element';
import { formatSigned } from '../../lib/format/number';
import { detailToggle } from '../../parts/detail';
import { createColourBy, modeButtons, zoomButtons } from '../../parts/drawing-controls';
import type { Page, Part } from '../../state/page';
import type { PageState } from '../../state/page-state';
import type { ShownComparison } from '../../state/shown-comparison';
import type { CompareView, Mode } from '../../state/view-state';
import { createCompareBy } from './compare-by';

const TARGETS: readonly (readonly [ComparedTargets, string])[] = [
  ['own', l10n.t('Each its own')],
  ['left', l10n.t('A for both')],
  ['right', l10n.t('B for both')],
  ['difference', l10n.t('A minus B')],
];

/** The four ways in which a comparison is shown. */
const MODES: readonly { readonly id: string; readonly label: string; readonly mode: Mode; readonly change: Partial<CompareView> }[] = [
  { id: 'sides', label: l10n.t('Side by side'), mode: 'graph', change: { drawing: 'sides' } },
  { id: 'merged', label: l10n.t('Merged'), mode: 'graph', change: { drawing: 'merged' } },
  { id: 'changes', label: l10n.t('What changed'), mode: 'table', change: { listing: 'changes' } },
  { id: 'tree', label: l10n.t('Table'), mode: 'table', change: { listing: 'tree' } },
];

export function createCompareToolbar(page: Page, drawing: Drawing): Part {
  const toolbar = element('div', { class: 'toolbar', attributes: { role: 'group', 'aria-label': l10n.t('Controls') } });
  const colours = createColourBy(page);
  const targets = dropdown({
    label: l10n.t('Targets'),
    testId: 'compare-targets',
    choices: TARGETS,
    choose: (chosen) => page.askComparison({ targets: chosen }),
  });
  const measure = createCompareBy(page, 'measure');
  return {
    element: toolbar,
    update(state, before) {
      const { compared, compareRequest, view } = state;
      const whatIf = compared?.whatIf ?? false;
      // The list of changes has it above its rows.
      const listed = view.mode === 'table' && view.compare.listing === 'changes';
      colours.element.hidden = view.mode !== 'graph' || view.compare.drawing !== 'sides'; // a merged graph has colours of its own
      render(
        html`${page.live ? html`${labelled(l10n.t('Targets'), targets.element, whatIf)}${link(page, state, whatIf)}` : nothing}${colours.element}
          <div class=${view.mode === 'table' && !listed ? 'control sorting' : 'control'} ?hidden=${listed}>
            <span class="control-label">${l10n.t('Compare by')}</span>${measure.element}
          </div>
          ${compared && contrast(compared)} ${page.live ? detailToggle(page, state) : nothing}
          <span class="toolbar-spacer"></span>
          ${zoomButtons(drawing, state)} ${modes(page, state)} ${page.live ? compareActions(page, whatIf) : nothing}`,
        toolbar,
      );
      colours.update(state, before);
      if (compareRequest !== null) targets.show(compareRequest.targets);
      measure.show(view.compare.measure);
    },
  };
}

function labelled(label: string, control: HTMLElement, hidden: boolean): TemplateResult {
  return html`<div class="control" ?hidden=${hidden}><span class="control-label">${label}</span>${control}</div>`;
}

function link(page: Page, { view }: PageState, hidden: boolean): TemplateResult {
  const { linked } = view.compare;
  const hint = l10n.t('Choosing a position on one side also chooses it on the other, counted from the end');
  return html`<label class="control" title=${hint} ?hidden=${hidden}
    ><input
      data-testid="linked"
      type="checkbox"
      .checked=${live(linked)}
      @change=${() => page.dispatch({ type: 'compareView', change: { linked: !linked } })}
    />${l10n.t('Linked')}</label
  >`;
}

/** The one number that both passes are asked for. A what-if says it on top. */
function contrast({ comparison, whatIf }: ShownComparison): TemplateResult {
  const { left, right } = comparison.contrast;
  const figures = `${contrastInWords(comparison)}: ${formatSigned(left)} → ${formatSigned(right)}`;
  return html`<span
    class="contrast"
    data-testid="contrast"
    title=${l10n.t('The contrast: the figure whose change the list of changes breaks down')}
    ?hidden=${whatIf}
    >${figures}</span
  >`;
}

function modes(page: Page, { view }: PageState): TemplateResult {
  const isShown = (mode: Mode, { drawing, listing }: Partial<CompareView>): boolean =>
    view.mode === mode && (mode === 'graph' ? drawing === view.compare.drawing : listing === view.compare.listing);
  return modeButtons(
    l10n.t('Show as'),
    MODES.map(({ id, label, mode, change }) => ({
      testId: `view-${id}`,
      label,
      pressed: isShown(mode, change),
      choose: () => {
        page.dispatch({ type: 'view', change: { mode } });
        page.dispatch({ type: 'compareView', change });
      },
    })),
  );
}

/** Swap the sides, compare with another prompt, end. */
export function compareActions(page: Page, whatIf: boolean): TemplateResult {
  return html`<div class="control actions">
    ${button({ label: l10n.t('Swap sides'), icon: 'swap', testId: 'swap', hidden: whatIf, press: () => page.post({ type: 'swap' }) })}
    ${button({
      label: l10n.t('Compare with another prompt'),
      icon: 'edit',
      testId: 'compare-with',
      hidden: whatIf,
      press: () => page.dispatch({ type: 'asking', asking: true }),
    })}
    ${button({
      label: l10n.t('End the comparison'),
      icon: 'close',
      testId: 'end-comparison',
      press: () => page.post({ type: 'single', side: 'left' }),
    })}
  </div>`;
}
