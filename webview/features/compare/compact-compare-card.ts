/** A node and its twin in four lines, for the card under the pointer: what each says, and what changed. */
import * as l10n from '@vscode/l10n';
import { nothing } from 'lit-html';
import { nodeTitle } from '#core/present/describe';
import { html } from '../../lib/dom/html';
import { compactFrame, compactTokens, namedFigures } from '../../parts/cards/compact-card';
import type { CardOf } from '../../parts/cards/node-card';
import { formatChange, MEASURES, measureNoun } from '../../state/measures';
import { SIDES } from '../../state/shown-comparison';
import { twinsOf } from './compare-card';

/** Changes that are named; the chosen measure's comes first. */
const NAMED = 2;

export const compactCompareCard: CardOf = (id, { compared, view }, options) => {
  const node = compared?.merged.nodes.get(id);
  if (compared === null || node === undefined) return null;
  const twins = twinsOf(compared, id);
  const title = nodeTitle(node, compared.merged.graph);
  const present = SIDES.filter((side) => twins[side] !== undefined);
  const [only] = present;
  const change = compared.changes.get(id)?.change ?? {};
  const { measure: chosen } = view.compare;
  const changes = [chosen, ...MEASURES.filter((measure) => measure !== chosen)]
    .flatMap((measure) => (change[measure] === undefined ? [] : [[measureNoun(measure), formatChange(measure, change[measure])] as const]))
    .slice(0, NAMED);
  const content = html`${present.map((side) => {
      const own = twins[side];
      return own === undefined
        ? nothing
        : html`<div class="compact-side of-${side}" data-testid="card-list-${side}">
            <span class="side-badge">${compared.words[side].name}</span>
            ${compactTokens(own)}
          </div>`;
    })}
    <p class="compact-figures">
      ${present.length === 1 && only !== undefined ? html`<span>${l10n.t`Only ${compared.words[only].there}`}</span>` : nothing}
      ${namedFigures(changes)}
    </p>`;
  return compactFrame(node, title, content, options);
};
