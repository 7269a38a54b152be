/** Experts on the card of a router, as bars. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import { html } from '../../lib/dom/html';
import { formatNumber, formatProbability } from '../../lib/format/number';

/** The best experts, best first: bars are their probabilities or scores, in proportion to the first; the chosen ones stand out, with their weights. */
export function expertList(experts: NonNullable<FlowNode['experts']>, model: FlowGraph['model']): TemplateResult {
  const most = experts[0]?.probability ?? 0;
  const isScore = model.experts?.scores === 'sigmoid';
  return html`<section class="card-list card-expert-list">
    <h3 class="card-list-title">
      <span>${isScore ? l10n.t('Best experts') : l10n.t('Likely experts')}</span
      ><span>${isScore ? l10n.t('score · weight') : l10n.t('probability · weight')}</span>
    </h3>
    <ol data-testid="card-experts">
      ${experts.map(({ expert, probability, weight }) => {
        const title = weight === undefined ? l10n.t`Expert ${expert} was not chosen` : l10n.t`Expert ${expert} was chosen`;
        const figure =
          weight === undefined ? formatProbability(probability) : `${formatProbability(probability)} · ${formatNumber(weight)}`;
        return html`<li class=${weight === undefined ? '' : 'is-target'} title=${title}>
          <span class="list-token">${l10n.t`expert ${expert}`}</span>
          <span class="bar" .style=${`--part: ${(most > 0 ? probability / most : 0).toFixed(3)}`}></span>
          <span class="list-figure">${figure}</span>
        </li>`;
      })}
    </ol>
  </section>`;
}
