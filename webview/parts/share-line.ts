/** That the graph adds up, in one line; and a slider that keeps the nodes which account for a part of the absolute share. */
import * as l10n from '@vscode/l10n';
import { nothing, render } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { attribute, attributionLines, KEEP_BY, type KeepBy } from '#core/analyse/attribution';
import { measuredFigures } from '#core/present/describe';
import type { FlowGraph } from '#core/format/flow-graph';
import { html } from '../lib/dom/html';
import { dropdown } from '../lib/controls/toolkit';
import { element } from '../lib/dom/element';
import { createFittedText } from '../lib/dom/fitted-text';
import type { Page, Part } from '../state/page';

/** How to read the line of shares. */
export const SHARE_LINE_NOTE = l10n.t(
  'In percent of the summed sizes of all shares. Parts not drawn are gathered in the hatched boxes of the drawn layers.',
);

/** What the drawn nodes sum to, in words and figures, the longest first. */
export function shareLinesOf(graph: FlowGraph): ReturnType<typeof attributionLines> {
  return attributionLines(attribute(graph), measuredFigures(graph));
}

/** One graph's line and the slider. */
export function createShareLine(page: Page): Part {
  const line = element('span', { class: 'share-line', testId: 'share-line' });
  const fitted = createFittedText(line);
  const filter = createShareFilter(page, KEEP_BY);
  return {
    element: element('section', { class: 'shares', attributes: { 'aria-label': l10n.t('Shares of the logit') } }, line, filter.element),
    update(state, before) {
      filter.update(state, before);
      if (state.shown !== null && state.shown !== before?.shown) fitted.show(shareLinesOf(state.shown.graph), SHARE_LINE_NOTE);
    },
  };
}

/** What nodes are kept by, as the control lists it. */
const KEEP_NAMES: Readonly<Record<KeepBy, string>> = { share: l10n.t('of the share'), effect: l10n.t('of the estimated effect') };

/** The slider. @param offered what nodes may be kept by */
export function createShareFilter(page: Page, offered: readonly KeepBy[] = ['share']): Part {
  const choice = dropdown<KeepBy>({
    label: l10n.t('Keep nodes by'),
    testId: 'keep-by',
    choices: offered.map((by) => [by, KEEP_NAMES[by]] as const),
    choose: (keepBy) => page.dispatch({ type: 'view', change: { keepBy } }),
  });
  const control = element('div', {
    class: 'control',
    attributes: { title: l10n.t('Pinned nodes always stay; in a comparison, so do the nodes that either side keeps') },
  });
  const keep = ({ currentTarget }: Event): void => {
    const percent = Number((currentTarget as HTMLInputElement).value);
    page.dispatch({ type: 'view', change: { shareKept: percent / 100 } });
  };
  return {
    element: control,
    update({ view }) {
      control.hidden = view.mode !== 'graph';
      const percent = String(Math.round(view.shareKept * 100));
      render(
        html`<span class="control-label">${l10n.t('Keep')}</span>
          <input
            data-testid="share-kept"
            type="range"
            min="5"
            max="100"
            step="5"
            aria-label=${l10n.t('Keep the nodes that account for this part of the absolute share or effect, in percent')}
            .value=${live(percent)}
            @input=${keep}
          />
          <span class="share-figure"
            >${view.shareKept >= 1 ? l10n.t('all nodes') : offered.length > 1 ? l10n.t`${percent} %` : l10n.t`${percent} % of the share`}</span
          >${offered.length > 1 ? choice.element : nothing}`,
        control,
      );
      choice.show(view.keepBy);
    },
  };
}
