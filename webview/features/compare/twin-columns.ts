/** The rows of the tree where two passes are compared: what each side reads, what the node is, and how it changed. */
import * as l10n from '@vscode/l10n';
import { nothing } from 'lit-html';
import { nodeName } from '#core/present/describe';
import { html } from '../../lib/dom/html';
import { unseen } from '../../lib/dom/unseen';
import { labelOf } from '../../lib/format/label';
import { formatRank } from '../../lib/format/number';
import type { TreeColumns } from '../../parts/tree-columns';
import { formatChange, measureNoun } from '../../state/measures';
import { SIDES, wordsOf } from '../../state/shown-comparison';
import { twinsOf } from './compare-card';

export const twinColumns: TreeColumns = {
  inputs: [({ view }) => view.compare.measure],
  headings: (state) =>
    html`${SIDES.map((side) => html`<span class="tree-token of-${side}">${l10n.t`${wordsOf(state)[side].name} reads`}</span>`)}
      <span class="tree-title">${l10n.t('Node')}</span>
      <span class="tree-figure tree-ranks">${l10n.t('Ranks')}</span>
      <span class="tree-figure">${l10n.t('Change')}</span>`,
  cells(node, { compared, view }, { graph }) {
    if (compared === null) return nothing;
    const twins = twinsOf(compared, node.id);
    const { measure } = view.compare;
    const value = compared.changes.get(node.id)?.change[measure];
    const ranks = SIDES.map((side) => twins[side]?.reading?.target.rank);
    return html`${SIDES.map((side) => {
        const twin = twins[side];
        const text = twin === undefined ? l10n.t('absent') : labelOf(twin) || '–';
        return html`<span class="tree-token of-${side}">${unseen(`${compared.words[side].name} `)}${text}</span>`;
      })}
      <span class="tree-title">${nodeName(node, graph)}</span>
      <span class="tree-figure tree-ranks"
        >${unseen(`, ${l10n.t('ranks of the targets')} `)}${ranks.map((rank) => (rank === undefined ? '–' : formatRank(rank))).join(' → ')}</span
      >
      <span class="tree-figure"
        >${unseen(`, ${l10n.t`change in ${measureNoun(measure)}`} `)}${value === undefined ? '' : formatChange(measure, value)}</span
      >`;
  },
};
