/** What a node says in three lines, for the card under the pointer: the full card comes when the node is pinned. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { nodeTitle, shareInWords } from '#core/present/describe';
import { effectName } from '#core/present/effect-words';
import type { FlowNode } from '#core/format/flow-graph';
import { isSilent, spokenTokens } from '#core/format/spoken-tokens';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { labelOf } from '../../lib/format/label';
import { formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import { familyOf } from '../../lib/colour/palettes';
import { activeNote } from '../../state/active-marks';
import { effectOf, referenceOf } from '../../state/effects';
import type { PageState } from '../../state/page-state';
import type { ShownGraph } from '../../state/shown-graph';
import type { CardOf, CardOptions } from './node-card';
import { unreadLine } from './unread-line';

/** Tokens that a compact card names. */
export const COMPACT_TOKENS = 3;

/** The compact card of a node of the graph that is shown. */
export const compactCard: CardOf = (id, state, options) => {
  const { shown } = state;
  const node = shown?.nodes.get(id);
  if (shown === null || node === undefined) return null;
  const title = nodeTitle(node, shown.graph);
  const note = activeNote(id, state);
  const content = html`${compactTokens(node)}
    <p class="compact-figures">${namedFigures(compactFigures(node, shown, state))}</p>
    ${note === undefined ? nothing : html`<p class="compact-note" data-testid="card-note">${note}</p>`}`;
  return compactFrame(node, title, content, options);
};

/** What every compact card has around its content. */
export function compactFrame(
  node: FlowNode,
  title: string,
  content: TemplateResult,
  { palette, testId, corner }: CardOptions,
): TemplateResult {
  return html`<article
    class="card compact-card"
    data-testid=${testId}
    aria-label=${title}
    .style=${`--family: ${palette.families[familyOf(node.kind)]}`}
  >
    <header class="compact-header">
      <h2 class="card-title" data-testid="card-title">${title}</h2>
      ${corner}
    </header>
    ${content}
  </article>`;
}

/** Figures with their names, for one line. */
export function namedFigures(figures: readonly (readonly [name: string, value: string])[]): readonly TemplateResult[] {
  return figures.map(([name, value]) => html`<span>${name}${' '}<b>${value}</b></span>`);
}

/** The tokens that stand for a node, the first one larger: least likely ones where a negative coefficient turns it round. */
export function compactTokens(node: FlowNode): TemplateResult | typeof nothing {
  if (node.reading === null) return unreadLine(node) ?? nothing;
  if (node.intervention === 'zero' || isSilent(node)) return html`<p class="compact-tokens"><b>${labelOf(node)}</b></p>`;
  const tokens = spokenTokens(node).slice(0, COMPACT_TOKENS);
  const least = tokens[0] !== undefined && tokens[0] === node.reading.bottom[0];
  return html`<p class="compact-tokens" data-testid="card-tokens">
    ${least ? html`<span class="compact-least">${l10n.t('least likely')}</span>` : nothing}
    ${tokens.map(
      (token) =>
        html`<span class="compact-token"
          ><span class="list-token">${showToken(token)}</span
          >${least ? nothing : html` <small>${formatProbability(token.probability)}</small>`}</span
        >`,
    )}
  </p>`;
}

function compactFigures(node: FlowNode, shown: ShownGraph, state: PageState): readonly (readonly [name: string, value: string])[] {
  const { graph } = shown;
  const { reading, share, attention, coefficient } = node;
  const effect = effectOf(node, state);
  const figures: (readonly [string, string] | null)[] = [
    share === undefined ? null : [shareInWords(graph), formatSigned(share)],
    effect === undefined ? null : [effectName(effect.how, referenceOf(shown)), formatSigned(effect.value)],
    attention === undefined ? null : [l10n.t('Attention'), formatProbability(attention)],
    coefficient === undefined ? null : [l10n.t('Coefficient'), formatSigned(coefficient)],
    reading === null
      ? null
      : [
          l10n.t`Target ${showToken(graph.target)}`,
          `${formatRank(reading.target.rank)} · ${formatProbability(reading.target.probability)}`,
        ],
  ];
  return figures.filter((figure) => figure !== null);
}
