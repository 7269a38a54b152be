/** What attention and feed-forward layer of every block do to the prediction, as a table: the last block on top. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { BlockOverview, BranchEffect, EffectOnToken } from '#core/insight/overview';
import type { FlowGraph } from '#core/format/flow-graph';
import { measureMeaning, shareOfInWords } from '#core/present/describe';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { unseen } from '../../lib/dom/unseen';
import { formatSigned } from '../../lib/format/number';

/** @param target it is marked where it is promoted or suppressed */
export function blockEffects(blocks: readonly BlockOverview[], target: FlowGraph['target']): TemplateResult {
  const widest = Math.max(...blocks.flatMap(({ attention, mlp }) => [Math.abs(attention.share), Math.abs(mlp.share)]), 1e-9);
  return html`<div class="effects" data-testid="effects" role="table" aria-label=${l10n.t('What each block does to the prediction')}>
    <div class="effects-row effects-head" role="row">
      ${[l10n.t('Layer'), l10n.t('Attention'), l10n.t('Feed-forward')].map((name) => html`<span role="columnheader">${name}</span>`)}
    </div>
    ${blocks.toReversed().map((block) => effectsRow(block, widest, target))}
  </div>`;
}

function effectsRow({ layer, attention, mlp }: BlockOverview, widest: number, target: FlowGraph['target']): TemplateResult {
  return html`<div class="effects-row" data-testid="effects-${layer}" role="row">
    <span class="effects-layer" role="rowheader">${unseen(`${l10n.t('Layer')} `)}${layer}</span>
    ${branchCell(l10n.t('Attention'), attention, widest, target)} ${branchCell(l10n.t('Feed-forward'), mlp, widest, target)}
  </div>`;
}

function branchCell(
  name: string,
  { share, promotes, suppresses }: BranchEffect,
  widest: number,
  target: FlowGraph['target'],
): TemplateResult {
  const part = (Math.abs(share) / widest).toFixed(3);
  return html`<div class="effects-branch" role="cell">
    <div class="effects-share" title=${measureMeaning(target.measure)}>
      <span class="effects-branch-name">${name}</span>
      <span class=${share < 0 ? 'signed-bar negative' : 'signed-bar'} aria-hidden="true" .style=${`--part: ${part}`}></span>
      <span class="effects-figure">${formatSigned(share)}</span>${unseen(`, ${shareOfInWords({ target })}`)}
    </div>
    ${effectList('▲', 'promotes', l10n.t('promotes'), promotes, target.id)}
    ${effectList('▽', 'suppresses', l10n.t('suppresses'), suppresses, target.id)}
  </div>`;
}

function effectList(
  sign: string,
  kind: 'promotes' | 'suppresses',
  what: string,
  tokens: readonly EffectOnToken[],
  target: number,
): TemplateResult {
  return html`<div class="effect-list ${kind}">
    <span class="effect-sign" aria-hidden="true" title=${what}>${sign}</span>${unseen(`${what} `)}
    ${tokens.length === 0 ? l10n.t('nothing') : tokens.map((token) => effect(token, target))}
  </div>`;
}

function effect(token: EffectOnToken, target: number): TemplateResult {
  return html`<span class=${token.id === target ? 'effect is-target' : 'effect'}
    ><span class="list-token">${showToken(token)}</span><span class="effect-figure">${formatSigned(token.effect)}</span></span
  >`;
}
