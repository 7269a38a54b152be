/** What a component does to the prediction, on its card: the estimate, and a button that measures it. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { componentInWords, componentShownBy, isActivation } from '#core/format/component';
import { estimateWorth, type EstimateWorth } from '#core/present/estimate-worth';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { waitingBox } from '../../parts/answer';
import type { CardOf } from '../../parts/cards/node-card';
import { measurementOf } from '../../state/effects';
import { insightOf, knownCalibration } from '../../state/insight-state';
import type { Page } from '../../state/page';

/** Cards that measure the effect of a node, where it is that of a component. @param base makes the card otherwise */
export function effectCard(page: Page, base: CardOf): CardOf {
  return (id, state, options) => {
    const { shown, insights } = state;
    const node = shown?.nodes.get(id);
    const component = node === undefined ? null : componentShownBy(node);
    if (shown === null || component === null || !isActivation(component) || !page.live) return base(id, state, options);
    const request = measurementOf(component, shown.graph);
    const asked = insightOf<'measureEffects'>(insights, request);
    const measure = button({
      label: l10n.t('Measure'),
      spoken: l10n.t`Measure the effect of ${componentInWords(component, shown.graph)}`,
      testId: 'measure',
      press: () => page.requestInsight(request),
    });
    const kind = component.kind === 'source' ? 'head' : component.kind;
    const place = shown.graph.position === 0 ? 'first' : 'last';
    const { effects } = shown.graph;
    const estimated = { kind, layer: component.layer, place, of: effects?.of ?? 'centred' } as const;
    const worth =
      node?.effect?.how === 'estimated' && asked.kind !== 'here'
        ? estimateWorth(estimated, knownCalibration(insights)?.value ?? null)
        : null;
    return base(id, state, {
      ...options,
      ...(asked.kind === 'absent' && { measure }),
      underFigures: html`${worth === null ? nothing : worthOf(page, worth)}${waitingBox(page, request, l10n.t('Measuring the effect'), asked)}${options.underFigures}`,
    });
  };
}

/** What the estimate is worth, and the way to what that was measured on. */
function worthOf(page: Page, { sentence, isPoor }: EstimateWorth): TemplateResult {
  const show = (): void => page.dispatch({ type: 'view', change: { tab: 'calibration' } });
  return html`<p class=${isPoor ? 'card-hint poor' : 'card-hint'} data-testid="effect-caveat">
    ${sentence}${' '}<button class="link" type="button" data-testid="show-calibration" @click=${show}>
      ${l10n.t('How good estimates are')}
    </button>
  </p>`;
}
