/** The rows of the tree where two passes are compared: what each side reads, what the node is, and how it changed. */
import { nothing } from 'lit-html';
import { nodeTitle } from '#core/present/describe';
import { html } from '../../lib/dom/html';
import { unseen } from '../../lib/dom/unseen';
import { labelOf } from '../../lib/format/label';
import { formatRank } from '../../lib/format/number';
import type { TreeColumns } from '../../parts/tree';
import { formatChange, MEASURE_NAMES } from '../../state/measures';
import { SIDES, wordsOf } from '../../state/shown-comparison';
import { twinsOf } from './compare-card';

export const twinColumns: TreeColumns = {
  inputs: [({ view }) => view.compare.measure],
  headings: (state) =>
    html`${SIDES.map((side) => html`<span class="tree-token of-${side}">${wordsOf(state)[side].name} reads</span>`)}
      <span class="tree-title">Node</span>
      <span class="tree-figure tree-ranks">Ranks</span>
      <span class="tree-figure">Change</span>`,
  cells(node, { compared, view }, { graph }) {
    if (compared === null) return nothing;
    const twins = twinsOf(compared, node.id);
    const { measure } = view.compare;
    const value = compared.changes.get(node.id)?.change[measure];
    const ranks = SIDES.map((side) => twins[side]?.reading?.target.rank);
    return html`${SIDES.map((side) => {
        const twin = twins[side];
        const text = twin === undefined ? 'absent' : labelOf(twin) || '–';
        return html`<span class="tree-token of-${side}">${unseen(`${compared.words[side].name} `)}${text}</span>`;
      })}
      <span class="tree-title">${nodeTitle(node, graph).replace(/^Layer \d+ · /, '')}</span>
      <span class="tree-figure tree-ranks"
        >${unseen(', ranks of the targets ')}${ranks.map((rank) => (rank === undefined ? '–' : formatRank(rank))).join(' → ')}</span
      >
      <span class="tree-figure"
        >${unseen(`, change in ${MEASURE_NAMES[measure].toLowerCase()} `)}${value === undefined ? '' : formatChange(measure, value)}</span
      >`;
  },
};
