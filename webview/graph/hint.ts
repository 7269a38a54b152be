/** A short text beside the pointer: what an edge is, or what a gathered node stands for. */
import * as l10n from '@vscode/l10n';
import type { FlowEdge, FlowNode } from '#core/format/flow-graph';
import { edgeInWords } from '#core/present/edge-words';
import { strongestOf, type Others } from '#core/present/rows/choose-rows';
import { assertNever } from '#core/problem';
import { element } from '../lib/dom/element';
import { formatNumber, formatProbability, formatSigned } from '../lib/format/number';
import { labelOf } from '../lib/format/label';
import type { PageState } from '../state/page-state';
import type { ShownGraph } from '../state/shown-graph';

/** What is pointed at. */
export type Hinted =
  | { readonly kind: 'edge'; readonly edge: FlowEdge }
  | { readonly kind: 'others'; readonly others: Others }
  /** what is left out of a layer of the whole circuit */
  | { readonly kind: 'leftOut'; readonly node: FlowNode };

/** The pointer rests this long before the text appears. */
const DELAY_MS = 150;
/** Parts that are named. */
const NAMED = 4;

/** See the head of this file. */
export interface Hint {
  show(at: { readonly x: number; readonly y: number }, what: Hinted, drawn: ShownGraph, state: PageState): void;
  hide(): void;
}

export function createHint(container: HTMLElement): Hint {
  const tip = element('div', { class: 'graph-hint', testId: 'graph-hint', attributes: { role: 'tooltip', hidden: true } });
  container.append(tip);
  let shownFor: unknown = null;
  let timer = 0;
  const hide = (): void => {
    window.clearTimeout(timer);
    shownFor = null;
    tip.hidden = true;
  };
  return {
    show(at, what, drawn, state) {
      const subject = what.kind === 'edge' ? what.edge : what.kind === 'others' ? what.others : what.node;
      if (shownFor === subject) return;
      hide();
      shownFor = subject;
      timer = window.setTimeout(() => {
        tip.textContent = textOf(what, drawn, state);
        tip.hidden = tip.textContent === '';
        const { clientWidth, clientHeight } = container;
        tip.style.left = `${Math.max(4, Math.min(at.x + 12, clientWidth - tip.offsetWidth - 4))}px`;
        tip.style.top = `${at.y + 16 + tip.offsetHeight > clientHeight ? at.y - tip.offsetHeight - 10 : at.y + 16}px`;
      }, DELAY_MS);
    },
    hide,
  };
}

function textOf(what: Hinted, drawn: ShownGraph, state: PageState): string {
  switch (what.kind) {
    case 'edge':
      return edgeText(what.edge, drawn);
    case 'others':
      return othersText(what.others, state);
    case 'leftOut': {
      const { layer, count = 0, share } = what.node;
      const parts = l10n.t`Left out of layer ${layer} by Keep: ${formatNumber(count)} parts`;
      return `${share === undefined ? parts : l10n.t`${parts}, together ${formatSigned(share)}`}. ${l10n.t('Click to show everything.')}`;
    }
    default:
      return assertNever(what);
  }
}

/** An edge in words. */
function edgeText(edge: FlowEdge, { nodes, graph }: Pick<ShownGraph, 'nodes' | 'graph'>): string {
  return edgeInWords(edge, nodes, graph, { number: formatNumber, probability: formatProbability });
}

function othersText(others: Others, { view }: PageState): string {
  const named = strongestOf(others, view.keepBy, NAMED).map(({ node }) => {
    const name =
      node.head !== undefined ? l10n.t`head ${node.head}` : node.neuron !== undefined ? l10n.t`neuron ${node.neuron}` : l10n.t('bias');
    return `${name} ${labelOf(node)}${node.share === undefined ? '' : ` ${formatSigned(node.share)}`}`;
  });
  const together = others.share === undefined ? '' : l10n.t`Together ${formatSigned(others.share)}. `;
  const strongest = named.length === 0 ? '' : `${named.join(', ')}… `;
  return `${strongest}${together}${l10n.t('Click to show them.')}`;
}
