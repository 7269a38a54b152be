/** Under the table: what flows into and out of its current node, in words. The keyboard's way to what the drawing says under the pointer. */
import * as l10n from '@vscode/l10n';
import { render } from 'lit-html';
import type { FlowEdge } from '#core/format/flow-graph';
import { edgeInWords } from '#core/present/edge-words';
import { element } from '../lib/dom/element';
import { html } from '../lib/dom/html';
import { formatNumber, formatProbability } from '../lib/format/number';
import type { Part } from '../state/page';

/** Edges of each direction that are listed, heaviest first. */
const LISTED = 6;

/** See the head of this file. */
export function createEdgeList(): Part {
  const list = element('section', {
    class: 'edge-list',
    testId: 'edge-list',
    attributes: { 'aria-live': 'polite', 'aria-label': l10n.t('Edges of the current node'), hidden: true },
  });
  return {
    element: list,
    update({ shown, hovered, view }, before) {
      const edges = hovered === null || view.mode !== 'table' ? [] : (shown?.edgesOf.get(hovered) ?? []);
      list.hidden = shown === null || edges.length === 0;
      if (
        shown === null ||
        list.hidden ||
        (before !== null && hovered === before.hovered && shown === before.shown && view.mode === before.view.mode)
      )
        return;
      const words = (edge: FlowEdge): string =>
        edgeInWords(edge, shown.nodes, shown.graph, { number: formatNumber, probability: formatProbability });
      const side = (title: string, own: readonly FlowEdge[]) => {
        const heaviest = [...own].sort((a, b) => b.weight - a.weight);
        const more = own.length - LISTED;
        return html`<p ?hidden=${own.length === 0}>
          <b>${title}</b>${' '}${heaviest.slice(0, LISTED).map(words).join('; ')}${more > 0 ? `; ${l10n.t`${more} more`}` : ''}
        </p>`;
      };
      render(
        html`${side(
          l10n.t('In:'),
          edges.filter(({ to }) => to === hovered),
        )}${side(
          l10n.t('Out:'),
          edges.filter(({ from }) => from === hovered),
        )}`,
        list,
      );
    },
  };
}
