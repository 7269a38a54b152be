/** Experts on the card of a router. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import { html } from '../../lib/dom/html';
import { formatNumber, formatProbability } from '../../lib/format/number';

/** An expert that a router lists. */
export type ListedExpert = NonNullable<FlowNode['experts']>[number];

/** What the list says, and in which figures. */
export function expertHeading({ experts }: Pick<FlowGraph['model'], 'experts'>): TemplateResult {
  return experts?.scores === 'sigmoid'
    ? html`<h3 class="card-list-title"><span>${l10n.t('Best experts')}</span><span>${l10n.t('score · weight')}</span></h3>`
    : html`<h3 class="card-list-title"><span>${l10n.t('Likely experts')}</span><span>${l10n.t('probability · weight')}</span></h3>`;
}

/** Probability or score of an expert, and its weight where it was chosen. */
export function expertFigure({ probability, weight }: ListedExpert): string {
  return weight === undefined ? formatProbability(probability) : `${formatProbability(probability)} · ${formatNumber(weight)}`;
}

/** Whether an expert was chosen, as a sentence. */
export function chosenInWords({ expert, weight }: ListedExpert): string {
  return weight === undefined ? l10n.t`Expert ${expert} was not chosen` : l10n.t`Expert ${expert} was chosen`;
}

/** The best experts, best first: bars are their probabilities or scores, in proportion to the first; the chosen ones stand out, with their weights. */
export function expertList(experts: readonly ListedExpert[], model: FlowGraph['model']): TemplateResult {
  const most = experts[0]?.probability ?? 0;
  return html`<section class="card-list card-expert-list">
    ${expertHeading(model)}
    <ol data-testid="card-experts">
      ${experts.map((listed) => {
        const { expert, probability, weight } = listed;
        return html`<li class=${weight === undefined ? '' : 'is-target'} title=${chosenInWords(listed)}>
          <span class="list-token">${l10n.t`expert ${expert}`}</span>
          <span class="bar" .style=${`--part: ${(most > 0 ? probability / most : 0).toFixed(3)}`}></span>
          <span class="list-figure">${expertFigure(listed)}</span>
        </li>`;
      })}
    </ol>
  </section>`;
}
