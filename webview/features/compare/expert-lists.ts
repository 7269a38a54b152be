/** The experts that a router lists on either side of a comparison. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import type { Side } from '#core/format/comparison';
import { html } from '../../lib/dom/html';
import { chosenInWords, expertFigure, type ListedExpert } from '../../parts/cards/expert-list';

/** Those of a side, best first, called as in the drawing; the chosen ones stand out, and which of them the other side does not choose is said. */
export function expertsOfSide(side: Side, experts: readonly ListedExpert[], others: readonly ListedExpert[] | undefined): TemplateResult {
  const chosenThere = new Set(others?.flatMap(({ expert, weight }) => (weight === undefined ? [] : [expert])));
  return html`<ol data-testid="card-experts-${side}">
    ${experts.map((listed) => {
      const { expert, weight } = listed;
      const called = `e${expert}`;
      const isOnlyHere = others !== undefined && weight !== undefined && !chosenThere.has(expert);
      return html`<li class=${weight === undefined ? '' : 'is-target'} title=${chosenInWords(listed)}>
        <span class="list-token">${called}</span>
        <span class="list-figure">${expertFigure(listed)}</span>
        ${isOnlyHere ? html`<span class="moved only">${side === 'left' ? l10n.t('gone') : l10n.t('new')}</span>` : nothing}
      </li>`;
    })}
  </ol>`;
}
