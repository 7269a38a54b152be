/** Measures the components with the largest estimated effects, one after the other: each figure takes the place of its estimate as it comes. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { componentName, componentShownBy, isActivation } from '#core/format/component';
import { NODE_KINDS } from '#core/format/node-kinds';
import type { InsightRequest } from '#core/protocol/insight';
import { button } from '../lib/controls/button';
import { html } from '../lib/dom/html';
import { measurementOf } from '../state/effects';
import { insightOf } from '../state/insight-state';
import type { Page } from '../state/page';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';

/** Components that are measured at most. */
const STRONGEST = 40;

type Measurement = InsightRequest<'measureEffects'>;

/** See the head of this file. */
export interface MeasureStrongest {
  template(state: PageState): TemplateResult | typeof nothing;
  /** Asks for the next where the last one has been answered. */
  proceed(state: PageState): void;
}

/** @param page draws again by itself when an answer comes */
export function createMeasureStrongest(page: Page, draw: () => void): MeasureStrongest {
  /** what is measured, and of which graph; null: nothing */
  let wanted: { readonly of: ShownGraph; readonly measurements: readonly Measurement[]; readonly asked: Set<Measurement> } | null = null;

  const kindOf = (measurement: Measurement, { insights }: PageState): string => insightOf<'measureEffects'>(insights, measurement).kind;
  const start = (): void => {
    const { shown } = page.state();
    if (shown === null) return;
    wanted = { of: shown, measurements: strongest(shown), asked: new Set() };
    proceed(page.state());
    draw();
  };
  const stop = (): void => {
    const state = page.state();
    const running = wanted?.measurements.find((each) => kindOf(each, state) === 'asked');
    wanted = null;
    if (running) page.post({ type: 'cancelInsight', request: running });
    draw();
  };
  const proceed = (state: PageState): void => {
    if (wanted === null) return;
    if (state.shown !== wanted.of) {
      wanted = null;
      return;
    }
    const { measurements, asked } = wanted;
    if (measurements.some((each) => kindOf(each, state) === 'asked')) return;
    // What has failed says so on its card; the others follow.
    const next = measurements.find((each) => !asked.has(each) && kindOf(each, state) !== 'here');
    if (next === undefined) {
      wanted = null;
      return;
    }
    asked.add(next);
    page.requestInsight(next);
  };

  return {
    template(state) {
      const { shown } = state;
      if (!page.live || shown?.graph.effects === undefined) return nothing;
      if (wanted === null) {
        const left = strongest(shown).filter((each) => kindOf(each, state) !== 'here').length;
        return button({ label: l10n.t`Measure the ${left} strongest`, testId: 'measure-strongest', hidden: left === 0, press: start });
      }
      const { measurements } = wanted;
      const done = measurements.filter((each) => kindOf(each, state) === 'here').length;
      return html`<span class="node-count" role="status" data-testid="measured-count"
          >${l10n.t`${done} of ${measurements.length} measured`}</span
        >
        ${button({ label: l10n.t('Stop'), testId: 'measure-stop', press: stop })}`;
    },
    proceed,
  };
}

/** The measurements of the components with the largest |estimated effect|, largest first. */
function strongest({ graph }: ShownGraph): readonly Measurement[] {
  const components = graph.nodes.flatMap((node) => {
    const component = NODE_KINDS[node.kind].role === 'stream' ? null : componentShownBy(node);
    return component === null || !isActivation(component) || node.effect === undefined
      ? []
      : [{ component, size: Math.abs(node.effect.value) }];
  });
  const measurements = components.sort((a, b) => b.size - a.size).map(({ component }) => component);
  // A component that two nodes show is measured once.
  const seen = new Set<string>();
  return measurements
    .filter((component) => !seen.has(componentName(component)) && seen.add(componentName(component)))
    .slice(0, STRONGEST)
    .map((component) => measurementOf(component, graph));
}
