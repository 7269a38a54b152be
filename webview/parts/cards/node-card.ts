/** A node's card: what it is, the figures, and its token lists. The same card hovers, is pinned and serves the table. */
import * as l10n from '@vscode/l10n';
import { nothing, type TemplateResult } from 'lit-html';
import { ifDefined } from 'lit-html/directives/if-defined.js';
import { placeOf } from '#core/build/stream-place';
import { measureMeaning, nodeSentence, nodeTitle, shareInWords, targetInWords } from '#core/present/describe';
import { isWrongSign } from '#core/present/cancelling-effects';
import { effectMeaning, effectName } from '#core/present/effect-words';
import type { FlowGraph, FlowNode, Reading, TokenScore } from '#core/format/flow-graph';
import type { MeasuredEffect } from '#core/insight/measured-effects';
import { termOfKind } from '#core/present/glossary';
import { saturationInWords } from '#core/present/gradient-words';
import { agreementInWords, lensFact } from '#core/present/lens-words';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { nodeText } from '#core/present/node-text';
import { copyButton } from '../../lib/controls/copy-button';
import { effectOf, measuredOf, referenceOf, withEffect } from '../../state/effects';
import { labelOf } from '../../lib/format/label';
import { familyOf, type Palette } from '../../lib/colour/palettes';
import { termText } from '../term';
import { expertList } from './expert-list';
import { unreadLine } from './unread-line';
import { activeNote } from '../../state/active-marks';
import type { PageState } from '../../state/page-state';
import type { ShownGraph } from '../../state/shown-graph';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';

/** How a card is made, besides what it is of. */
export interface CardOptions {
  readonly palette: Palette;
  /** Rows of the first list and of the second; everything else is cut. */
  readonly rows: { readonly first: number; readonly second: number };
  readonly testId: string;
  /** id of the node, as `data-node` */
  readonly nodeId?: string;
  /** it can be copied: there is a button for it */
  readonly copies?: boolean;
  /** in the card's corner: a close button, a hint */
  readonly corner?: TemplateResult;
  /** measures the effect, beside it */
  readonly measure?: TemplateResult;
  /** directly under the title: what can be done */
  readonly underTitle?: TemplateResult | null;
  /** under the figures, above the long lists */
  readonly underFigures?: TemplateResult | null;
}

/** Makes the card of the node with an id; null where there is nothing. */
export type CardOf = (id: string, state: PageState, options: CardOptions) => TemplateResult | null;

/** The card of a node of the graph that is shown. */
export const nodeCard: CardOf = (id, state, options) => {
  const { shown } = state;
  const node = shown?.nodes.get(id);
  if (shown === null || node === undefined) return null;
  const text = (): string => nodeText(withEffect(node, state), shown.graph, referenceOf(shown));
  return card(node, shown.graph, { text, note: activeNote(id, state), effect: effectFact(node, shown, state, options) }, options);
};

/** @param more said of the node besides what the graph says */
function card(
  node: FlowNode,
  graph: FlowGraph,
  {
    note,
    effect,
    text,
  }: { readonly note: string | undefined; readonly effect: TemplateResult | typeof nothing; readonly text: () => string },
  options: CardOptions,
): TemplateResult {
  const { reading } = node;
  const title = nodeTitle(node, graph);
  return html`<article
    class="card"
    data-testid=${options.testId}
    data-node=${ifDefined(options.nodeId)}
    aria-label=${title}
    .style=${`--family: ${options.palette.families[familyOf(node.kind)]}`}
  >
    <header class="card-header">
      <h2 class="card-title" data-testid="card-title">${termText(termOfKind(node.kind), title)}</h2>
      <span class="card-corner">${options.copies ? copyButton({ text, testId: 'card-copy' }) : nothing}${options.corner}</span>
      ${reading && html`<div class="card-label">${labelOf(node)}</div>`}
    </header>
    ${options.underTitle}
    <p class="card-sentence">${nodeSentence(node, graph)}</p>
    ${note && html`<p class="card-always" data-testid="card-note">${note}</p>`} ${facts(node, graph, effect)} ${options.underFigures}
    ${unreadLine(node)} ${reading && lists(reading, graph, options.rows, (node.coefficient ?? 0) < 0)}
    ${node.experts && expertList(node.experts, graph.model)}
    ${node.also?.map(
      (other) =>
        html`<section class="card-also" data-testid="card-also">
          <h3 class="card-also-title">${l10n.t`${other.title} · norm ${formatNumber(other.norm)}`}</h3>
          ${lists(other.reading, graph, { first: options.rows.second, second: 0 }, false)}
        </section>`,
    )}
  </article>`;
}

function facts(node: FlowNode, graph: FlowGraph, effect: TemplateResult | typeof nothing): TemplateResult {
  const { target } = graph;
  const { reading, share, coefficient, attention, sink, norm } = node;
  const { border } = placeOf(node.kind, node.layer);
  const difference = target.against === undefined ? null : targetInWords(graph);
  const fact = (name: string | TemplateResult, value: string, wide = false, meaning?: string) =>
    html`<div class=${wide ? 'wide' : nothing} title=${meaning ?? nothing}>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  return html`<dl class="card-facts">
    ${
      reading &&
      fact(
        l10n.t`Target ${showToken(target)}`,
        `${formatRank(reading.target.rank)} · ${formatProbability(reading.target.probability)}`,
        true,
      )
    }
    ${reading && difference !== null ? fact(l10n.t`Logit ${difference}`, formatSigned(reading.target.logit), true) : nothing}
    ${share === undefined ? nothing : fact(shareInWords(graph), formatSigned(share), difference !== null || effect !== nothing, measureMeaning(target.measure))}
    ${effect}${' '}
    ${coefficient === undefined ? nothing : fact(node.kind === 'expert' ? l10n.t('Weight') : l10n.t('Coefficient'), formatSigned(coefficient))}
    ${attention === undefined ? nothing : fact(l10n.t('Attention'), formatProbability(attention))}
    ${sink === undefined ? nothing : fact(l10n.t('Sink'), formatProbability(sink), false, l10n.t('Attention on the sink that the head has learned, from which nothing is read.'))}
    ${reading && fact(termText('entropy', l10n.t('Entropy')), l10n.t`${formatNumber(reading.entropy)} bits`)}
    ${fact(termText('norm', l10n.t('Norm')), formatNumber(norm))}
    ${reading && fact(l10n.t('Lens'), lensFact(graph.model, border), true, agreementInWords(graph.model, border))}
  </dl>`;
}

/** What a node does to the prediction, how that is known, and a button that measures it. */
function effectFact(node: FlowNode, shown: ShownGraph, state: PageState, { measure }: CardOptions): TemplateResult | typeof nothing {
  const { graph } = shown;
  const effect = effectOf(node, state);
  if (effect === undefined && measure === undefined) return nothing;
  const measured = measuredOf(node, state);
  const reference = referenceOf(shown);
  const name = effectName(effect?.how, reference);
  const saturated = effect?.how === 'estimated' ? graph.effects?.saturated : undefined;
  return html`<div class="wide card-effect" data-testid="card-effect" title=${effectMeaning(graph, reference, effect?.how)}>
      <dt>${termText('effect', name)}</dt>
      <dd>${effect && formatSigned(effect.value)}${measured && html` · ${changeInWords(measured, graph)}`} ${measure}</dd>
    </div>
    ${
      node.effect !== undefined && measured !== undefined && isWrongSign({ estimated: node.effect.value, measured: measured.measured })
        ? html`<div class="wide insight-note" data-testid="effect-wrong-sign">
            ${l10n.t`It was estimated with the wrong sign: ${formatSigned(node.effect.value)}.`}
          </div>`
        : nothing
    }
    ${
      saturated === undefined
        ? nothing
        : html`<div class="wide insight-note" data-testid="effect-saturated">${saturationInWords(saturated, graph.target)}</div>`
    }`;
}

/** What the change of a component did: "85% → 41%", "85%, no change", and what the model predicts then, where that is another token. */
function changeInWords({ probability, predicts }: MeasuredEffect, { target, stream }: FlowGraph): string {
  const [before, after] = [target.probability, probability].map(formatProbability);
  const change = before === after ? l10n.t`${before ?? ''}, no change` : `${before ?? ''} → ${after ?? ''}`;
  const predicted = stream.at(-1)?.reading.top[0];
  return predicted === undefined || predicted.id === predicts.id ? change : l10n.t`${change}; predicts ${showToken(predicts)}`;
}

function lists(reading: Reading, graph: FlowGraph, rows: CardOptions['rows'], bottomFirst: boolean): TemplateResult {
  const top = (count: number) => probabilityList(reading.top.slice(0, count), graph.target.id);
  const bottom = (count: number) => logitList(reading.bottom.slice(0, count), graph.target.id);
  return html`<div class="card-lists">
    ${bottomFirst ? [bottom(rows.first), top(rows.second)] : [top(rows.first), bottom(rows.second)]}
  </div>`;
}

/** Likely tokens: bars are probabilities, in proportion to the first. */
function probabilityList(tokens: readonly TokenScore[], target: number): TemplateResult | null {
  const most = tokens[0]?.probability ?? 0;
  return tokenList(l10n.t('Most likely'), l10n.t('probability'), 'card-top-list', tokens, target, ({ probability }) => [
    most > 0 ? probability / most : 0,
    formatProbability(probability),
  ]);
}

/** Unlikely tokens: their probabilities are all next to nothing, so bars are logits, in proportion to the lowest. */
function logitList(tokens: readonly TokenScore[], target: number): TemplateResult | null {
  const most = Math.max(...tokens.map(({ logit }) => Math.abs(logit)), 1e-9);
  return tokenList(l10n.t('Least likely'), l10n.t('logit'), 'card-bottom-list', tokens, target, ({ logit }) => [
    Math.abs(logit) / most,
    formatSigned(logit),
  ]);
}

function tokenList(
  title: string,
  unit: string,
  testId: string,
  tokens: readonly TokenScore[],
  target: number,
  measure: (token: TokenScore) => readonly [part: number, figure: string],
): TemplateResult | null {
  if (tokens.length === 0) return null;
  return html`<section class="card-list ${testId}">
    <h3 class="card-list-title"><span>${title}</span><span>${unit}</span></h3>
    <ol data-testid=${testId}>
      ${tokens.map((token) => {
        const [part, figure] = measure(token);
        return html`<li class=${token.id === target ? 'is-target' : ''} title=${l10n.t`id ${token.id}, logit ${formatNumber(token.logit)}`}>
          <span class="list-token">${showToken(token)}</span>
          <span class="bar" .style=${`--part: ${part.toFixed(3)}`}></span>
          <span class="list-figure">${figure}</span>
        </li>`;
      })}
    </ol>
  </section>`;
}
