/** What a component does to the prediction, on its card: the estimate, and a button that measures it. */
import * as l10n from '@vscode/l10n';
import { componentInWords, componentShownBy } from '#core/format/component';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { waitingBox } from '../../parts/answer';
import type { CardOf } from '../../parts/cards/node-card';
import { measurementOf } from '../../state/effects';
import { insightOf } from '../../state/insight-state';
import type { Page } from '../../state/page';

/** Cards that measure the effect of a node, where it is that of a component. @param base makes the card otherwise */
export function effectCard(page: Page, base: CardOf): CardOf {
  return (id, state, options) => {
    const { shown, insights } = state;
    const node = shown?.nodes.get(id);
    const component = node === undefined ? null : componentShownBy(node);
    if (shown === null || component === null || !page.live) return base(id, state, options);
    const request = measurementOf(component, shown.graph);
    const asked = insightOf<'measureEffects'>(insights, request);
    const measure = button({
      label: l10n.t('Measure'),
      spoken: l10n.t`Measure the effect of ${componentInWords(component, shown.graph)}`,
      testId: 'measure',
      press: () => page.requestInsight(request),
    });
    return base(id, state, {
      ...options,
      ...(asked.kind === 'absent' && { measure }),
      underFigures: html`${waitingBox(page, request, l10n.t('Measuring the effect'), asked)}${options.underFigures}`,
    });
  };
}
