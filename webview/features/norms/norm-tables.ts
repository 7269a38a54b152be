/** The two tables of norms: of one pass, and over the prompts of a file. */
import * as l10n from '@vscode/l10n';
import type { TemplateResult } from 'lit-html';
import type { FlowGraph, TokenScore } from '#core/format/flow-graph';
import type { NormFilter, NormFilters, NormPlace, NormSummaries, NormSummary } from '#core/insight/norm-filters';
import { showToken, type TokenText } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { columnHeader, figuresTable, partBar, rowHeader, tableCell, tableRow } from '../../lib/controls/figures-table';
import { unseen } from '../../lib/dom/unseen';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';

/** What a norm does to a token. */
type Fate = 'kept' | 'gained' | 'lost';

/** How each fate is marked. */
export const MARKS: readonly { readonly kind: Fate; readonly sign: string; readonly name: string }[] = [
  { kind: 'kept', sign: '●', name: l10n.t('kept') },
  { kind: 'gained', sign: '▲', name: l10n.t('gained') },
  { kind: 'lost', sign: '▽', name: l10n.t('lost') },
];

const NAMES: Readonly<Record<NormPlace['kind'], string>> = {
  ln_embed: l10n.t('Norm of the embedding'),
  ln1: l10n.t('first norm'),
  ln1_post: l10n.t('after attention'),
  ln2: l10n.t('second norm'),
  ln2_post: l10n.t('after feed-forward'),
  ln_final: l10n.t('Final norm'),
};

function nameOf({ kind, layer }: NormPlace): TemplateResult {
  return rowHeader(html`${layer === undefined ? '' : `${l10n.t`Layer ${layer}`} `}<span class="norm-kind">${NAMES[kind]}</span>`);
}

/** Every norm of one pass. */
export function filterTable({ norms, target }: NormFilters): TemplateResult {
  return figuresTable({
    kind: 'norms',
    testId: 'norms-table',
    label: l10n.t('Norms of this prompt'),
    head: [
      l10n.t('Norm'),
      l10n.t('Before'),
      l10n.t('After'),
      l10n.t('Overlap'),
      l10n.t('Cosine'),
      l10n.t('Length'),
      l10n.t`Rank of ${showToken(target)}`,
    ].map((name) => columnHeader(name)),
    rows: norms.map((norm) => filterRow(norm, target)),
  });
}

function filterRow(norm: NormFilter, target: FlowGraph['target']): TemplateResult {
  const { before, after, lost, gained, overlap, cosine, length, targetRank } = norm;
  return tableRow(
    `norm-${norm.kind}-${norm.layer ?? ''}`,
    nameOf(norm),
    tableCell('token-cell', l10n.t('Before'), tokens(before, lost, 'lost', target.id)),
    tableCell('token-cell', l10n.t('After'), tokens(after, gained, 'gained', target.id)),
    tableCell('figure', l10n.t('Overlap'), html`${partBar(overlap)}${formatProbability(overlap)}`),
    tableCell('figure', l10n.t('Cosine'), formatNumber(Number(cosine.toFixed(3)))),
    tableCell('figure', l10n.t('Length'), `${formatNumber(length.before)} → ${formatNumber(length.after)}`),
    tableCell(
      'figure',
      l10n.t('Target’s rank'),
      html`${formatRank(targetRank.before)} → ${formatRank(targetRank.after)}${' '}${rankChange(targetRank.before - targetRank.after)}`,
    ),
  );
}

/** A list of tokens; those of `changed` have the fate, the others are kept. */
function tokens(list: readonly TokenScore[], changed: readonly TokenScore[], fate: Fate, target: number): readonly TemplateResult[] {
  const ids = new Set(changed.map(({ id }) => id));
  return list.map((token) => {
    const kind = ids.has(token.id) ? fate : 'kept';
    return normToken(token, kind, token.id === target, formatProbability(token.probability));
  });
}

/** A fate in words. */
function fateName(kind: Fate): string {
  return MARKS.find((mark) => mark.kind === kind)?.name ?? kind;
}

/** @param figure said under the pointer. @param shown the same where it is shown */
function normToken(token: TokenText, kind: Fate, isTarget: boolean, figure: string, shown?: TemplateResult): TemplateResult {
  const sign = MARKS.find((mark) => mark.kind === kind)?.sign ?? '';
  return html`<span class="norm-token ${kind}${isTarget ? ' is-target' : ''}" title="${fateName(kind)}, ${figure}"
    ><span class="norm-sign" aria-hidden="true">${sign}</span><span class="list-token">${showToken(token)}</span>${unseen(
      ` ${fateName(kind)}, `,
    )}${shown}</span
  >`;
}

/** How many places the target has come forward: ↑12. */
function rankChange(forward: number): TemplateResult {
  const text = forward === 0 ? '=' : `${forward > 0 ? '↑' : '↓'}${formatRank(Math.abs(forward)).slice(1)}`;
  return html`<span class=${forward === 0 ? 'rank-change' : forward > 0 ? 'rank-change up' : 'rank-change down'}>${text}</span>`;
}

/** Every norm over the prompts of a file. */
export function summaryTable({ norms }: NormSummaries): TemplateResult {
  return figuresTable({
    kind: 'norms summary',
    testId: 'norm-summary-table',
    label: l10n.t('Norms over all prompts of the file'),
    head: [
      l10n.t('Norm'),
      l10n.t('Most often suppressed'),
      l10n.t('Most often brought in'),
      l10n.t('Overlap'),
      l10n.t('Cosine'),
      l10n.t('Rank, log₂'),
    ].map((name) => columnHeader(name)),
    rows: norms.map((norm) =>
      tableRow(
        `norm-summary-${norm.kind}-${norm.layer ?? ''}`,
        nameOf(norm),
        tableCell('token-cell', l10n.t('Suppressed'), often(norm.suppressed, 'lost', norm.prompts)),
        tableCell('token-cell', l10n.t('Brought in'), often(norm.promoted, 'gained', norm.prompts)),
        tableCell('figure', l10n.t('Overlap'), html`${partBar(norm.overlap)}${formatProbability(norm.overlap)}`),
        tableCell('figure', l10n.t('Cosine'), formatNumber(Number(norm.cosine.toFixed(3)))),
        tableCell('figure', l10n.t('Rank, log₂'), formatSigned(Number(norm.logRankChange.toFixed(2)))),
      ),
    ),
  });
}

/** What happened in one prompt of many is not typical of the norm. */
function often(list: NormSummary['suppressed'], kind: Fate, prompts: number): readonly TemplateResult[] {
  const habits = list.filter(({ frequency }) => prompts === 1 || frequency * prompts > 1.5);
  if (habits.length === 0) return [html`<span class="none">${l10n.t('none')}</span>`];
  return habits.map((token) => {
    const frequency = formatProbability(token.frequency);
    return normToken(token, kind, false, l10n.t`in ${frequency} of the prompts`, html`<span class="effect-figure">${frequency}</span>`);
  });
}
