/** What the attention and feed-forward layer of every block add differently, as a table: the last block on top. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { BranchEffect } from '#core/insight/overview';
import type { OverviewDifference } from '#core/insight/overview-difference';
import { measureMeaning } from '#core/present/describe';
import { html } from '../../../lib/dom/html';
import { formatSigned } from '../../../lib/format/number';

const BRANCHES = [
  { of: 'attention', name: l10n.t('Attention') },
  { of: 'mlp', name: l10n.t('Feed-forward') },
] as const;

/** One row a block: each branch's change as a bar, its share on either side. */
export function blockChanges(difference: OverviewDifference): TemplateResult {
  const { left, right } = difference;
  const rows = right.blocks.map((block, layer) => ({
    layer,
    branches: BRANCHES.map(({ of, name }) => ({ name, now: block[of], before: left.blocks[layer]?.[of] })),
  }));
  const widest = Math.max(1e-9, ...rows.flatMap(({ branches }) => branches.map(({ now, before }) => Math.abs(changeOf(now, before)))));
  const meaning = measureMeaning(right.target.measure);
  return html`<div class="effects" data-testid="block-changes" role="table" aria-label=${l10n.t('What changes in each block')}>
    <div class="effects-row effects-head" role="row">
      <span role="columnheader">${l10n.t('Layer')}</span>
      ${BRANCHES.map(({ name }) => html`<span role="columnheader">${name}</span>`)}
    </div>
    ${rows.toReversed().map(
      ({ layer, branches }) =>
        html`<div class="effects-row" data-testid="block-changes-${layer}" role="row">
          <span class="effects-layer" role="rowheader">${layer}</span>
          ${branches.map(({ name, now, before }) => branchCell(name, now, before, widest, meaning))}
        </div>`,
    )}
  </div>`;
}

function changeOf(now: BranchEffect, before: BranchEffect | undefined): number {
  return now.share - (before?.share ?? 0);
}

function branchCell(name: string, now: BranchEffect, before: BranchEffect | undefined, widest: number, meaning: string): TemplateResult {
  const change = changeOf(now, before);
  const part = (Math.abs(change) / widest).toFixed(3);
  return html`<div class="effects-branch" role="cell">
    <div class="effects-share" title=${meaning}>
      <span class="effects-branch-name">${name}</span>
      <span class=${change < 0 ? 'signed-bar negative' : 'signed-bar'} aria-hidden="true" .style=${`--part: ${part}`}></span>
      <span class="effects-figure">${formatSigned(change)}</span>
      <span class="effects-from">${formatSigned(before?.share ?? 0)} → ${formatSigned(now.share)}</span>
    </div>
  </div>`;
}
