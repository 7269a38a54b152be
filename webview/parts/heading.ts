/** Which model read which text. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { ENDS_IN_SPACE, endsInSpace } from '#core/text/ends-in-space';
import { html } from '../lib/dom/html';
import { element } from '../lib/dom/element';
import { formatNumber } from '../lib/format/number';
import type { Part } from '../state/page';
import type { ShownGraph } from '../state/shown-graph';

export function createHeading(): Part {
  const heading = element('div', { class: 'heading', testId: 'heading' });
  return {
    element: heading,
    update({ shown }, before) {
      if (shown !== (before?.shown ?? null)) render(shown && headingOf(shown), heading);
    },
  };
}

function headingOf({ graph, origin }: ShownGraph): TemplateResult {
  const { model, tokens, position } = graph;
  const dimensions = l10n.t`${model.family}, ${model.nLayers} layers, ${model.nHeads} heads, width ${model.dModel}, ${model.dtype}`;
  const place = l10n.t`token ${formatNumber(position + 1)} of ${formatNumber(tokens.length)}`;
  return html`<span class="heading-model" data-testid="model-name" title=${dimensions}>${model.name}</span>
    ${origin.name === undefined ? nothing : html`<span class="heading-origin" data-testid="origin">${origin.name}</span>`}
    <span class="heading-position" data-testid="position">${place}</span>
    ${
      endsInSpace(tokens)
        ? html`<span class="heading-note" data-testid="ends-in-space" title=${ENDS_IN_SPACE}
            >${l10n.t('ends in a space: try removing it')}</span
          >`
        : nothing
    }`;
}
