/** The graph as text, in two ways: a table of its nodes, and a tree for the keyboard and for screen readers. */
import * as l10n from '@vscode/l10n';
import { render } from 'lit-html';
import { element } from '../lib/dom/element';
import type { Page, Part } from '../state/page';
import { modeButtons } from './drawing-controls';
import { createNodeList } from './node-list';
import { createTree } from './tree';

type Listing = 'list' | 'tree';

const LISTINGS: readonly (readonly [Listing, string])[] = [
  ['list', l10n.t('List')],
  ['tree', l10n.t('Tree')],
];

/** See the head of this file. */
export function createNodeTable(page: Page): Part {
  const [list, tree] = [createNodeList(page), createTree(page)];
  const choice = element('div', { class: 'node-listing' });
  // Whether the tree is shown at all is its own to say; which of the two is chosen is said of what holds it.
  const treeHolder = element('div', {}, tree.element);
  const body = element('div', { class: 'node-body' }, list.element, treeHolder);
  const box = element('div', { class: 'node-table', testId: 'node-table' }, choice, body);
  let listing: Listing = 'list';

  const draw = (): void => {
    list.element.hidden = listing !== 'list';
    treeHolder.hidden = listing !== 'tree';
    box.classList.toggle('as-tree', listing === 'tree');
    render(
      modeButtons(
        l10n.t('List nodes as'),
        LISTINGS.map(([id, label]) => ({
          testId: `nodes-${id}`,
          label,
          pressed: id === listing,
          choose: () => {
            listing = id;
            draw();
          },
        })),
      ),
      choice,
    );
  };

  return {
    element: box,
    update(state, before) {
      box.hidden = state.view.mode !== 'table';
      tree.update(state, before);
      if (box.hidden) return;
      const same =
        before !== null &&
        before.view.mode === 'table' &&
        state.shown === before.shown &&
        state.theme === before.theme &&
        state.view.pinned === before.view.pinned &&
        state.view.colourBy === before.view.colourBy &&
        state.insights.activeNeurons === before.insights.activeNeurons &&
        state.insights.measureEffects === before.insights.measureEffects;
      if (same) return;
      list.update(state, before);
      draw();
    },
  };
}
