/** The rows of the tree where two passes are compared: what each side reads, what the node is, and how it changed. */
import { nodeTitle } from '#core/present/describe';
import { element, unseen } from '../../lib/dom/element';
import { formatRank } from '../../lib/format/number';
import { labelOf } from '../../lib/format/label';
import type { TreeColumns } from '../../parts/tree';
import { twinsOf } from './compare-card';
import { SIDES } from '../../state/shown-comparison';
import { formatChange, MEASURE_NAMES } from '../../state/measures';
import { wordsOf } from '../../state/shown-comparison';

export const twinColumns: TreeColumns = {
  headings(state) {
    return [
      ...SIDES.map((side) => element('span', { class: `tree-token of-${side}`, text: `${wordsOf(state)[side].name} reads` })),
      element('span', { class: 'tree-title', text: 'What it is' }),
      element('span', { class: 'tree-figure tree-ranks', text: 'Ranks' }),
      element('span', { class: 'tree-figure', text: 'Change' }),
    ];
  },
  cells(node, { compared, view }, { graph }) {
    if (compared === null) return [];
    const twins = twinsOf(compared, node.id);
    const { measure } = view.compare;
    const value = compared.changes.get(node.id)?.change[measure];
    const ranks = SIDES.map((side) => twins[side]?.reading?.target.rank);
    return [
      ...SIDES.map((side) => {
        const twin = twins[side];
        return element(
          'span',
          { class: `tree-token of-${side}` },
          unseen(`${compared.words[side].name} `),
          twin === undefined ? 'not here' : labelOf(twin) || '–',
        );
      }),
      element('span', { class: 'tree-title', text: nodeTitle(node, graph).replace(/^Layer \d+ · /, '') }),
      element(
        'span',
        { class: 'tree-figure tree-ranks' },
        unseen(', ranks of the targets '),
        ranks.map((rank) => (rank === undefined ? '–' : formatRank(rank))).join(' → '),
      ),
      element(
        'span',
        { class: 'tree-figure' },
        unseen(`, change of ${MEASURE_NAMES[measure].toLowerCase()} `),
        value === undefined ? '' : formatChange(measure, value),
      ),
    ];
  },
};
