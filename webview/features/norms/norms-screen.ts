/** Layer norms as semantic filters: what stands before and after every norm, for this prompt and over all of its file. */
import type { FlowGraph, TokenScore } from '#core/format/flow-graph';
import type { NormFilter, NormFilters, NormPlace, NormSummaries, NormSummary } from '#core/insight/norm-filters';
import { showToken, type TokenText } from '#core/text/token-text';
import { button } from '../../lib/controls/toolkit';
import { element, fill, unseen } from '../../lib/dom/element';
import { formatNumber, formatProbability, formatRank, formatSigned } from '../../lib/format/number';
import type { Screen } from '../../parts/screen';
import type { Page } from '../../state/page';
import { createAnswered, createWaiting } from '../../parts/answer';
import { columnHeader, figuresTable, partBar, rowHeader, rows, tableCell, tableHolder, tableRow } from '../../lib/controls/figures-table';
import { createPromptHeader } from '../../parts/prompt-header';

const SUMMARY = { of: 'normSummary' } as const;

export function createNormsScreen(page: Page): Screen {
  const header = createPromptHeader(page, 'Layer norms as semantic filters');
  const waiting = createWaiting(page, { of: 'norms' }, 'Looking at every norm');
  const title = element('h2', {});
  const table = figuresTable('norms', 'norms-table', 'Norms of this prompt');
  const versus = element('p', {
    class: 'insight-note',
    text: 'Norms are followed for the target alone: the second token has no part here.',
  });
  const behind = element('p', {
    class: 'insight-note',
    text:
      'This model has norms behind its branches: of those, before is what attention or feed-forward layer says, after is what of it is added to the stream. ' +
      'The lens does not hear how loud: the length of the vector tells that.',
  });
  const found = element(
    'section',
    { attributes: { hidden: true } },
    title,
    element('p', {
      class: 'insight-note',
      text:
        'The most likely tokens before and after each norm, read with the logit lens: which it keeps, which it lets in, which it holds back. ' +
        'It shows what the norm does to a reading, not why; and in early layers the lens reads least faithfully. The final norm is part of the lens: before it, the unembedding reads alone.',
    }),
    behind,
    versus,
    element(
      'div',
      { class: 'insight-controls' },
      ...MARKS.map(({ kind, sign, name }) =>
        element('span', { class: `norm-token ${kind}` }, element('span', { class: 'norm-sign', text: sign }), name),
      ),
    ),
    tableHolder('Norms of this prompt', table),
  );

  const summaryWaiting = createWaiting(page, SUMMARY, 'Running all prompts of the file');
  const begin = button({
    label: 'Over All Prompts of This File',
    look: 'primary',
    testId: 'norm-summary',
    press: () => page.look(SUMMARY),
  });
  const summaryTitle = element('h2', {});
  const summaryTable = figuresTable('norms summary', 'norm-summary-table', 'Norms over all prompts of the file');
  const skipped = element('p', { class: 'insight-note' });
  const summary = element(
    'div',
    { attributes: { hidden: true } },
    summaryTitle,
    element('p', {
      class: 'insight-note',
      text:
        'Means over the prompts, each read at its last token and for the token that it predicts. A change of the rank of −1 means that the norm halves it. ' +
        'Tokens with the share of the prompts in which the norm moved them out of its list, or into it, where that are two prompts or more: what is consistent, not what is strong.',
    }),
    skipped,
    tableHolder('Norms over all prompts of the file', summaryTable),
  );
  const over = element('section', {}, begin, summaryWaiting.element, summary);
  const stage = element(
    'div',
    { class: 'stage insight', attributes: { tabindex: 0, role: 'region', 'aria-label': 'Norms' } },
    waiting.element,
    found,
    over,
  );
  const answered = createAnswered<NormFilters>(found, waiting);

  // What is under way is shown over the part that scrolls, not in it.
  const main = element('main', { class: 'main' }, stage);
  return {
    element: element('div', { class: 'screen' }, header.element, main),
    stage: main,
    drawing: null,
    update(state, before) {
      header.update(state, before);
      const { norms, normSummary } = state.insights;
      answered.update(norms, state);
      over.hidden = found.hidden || state.shown?.origin.name === undefined;
      if (norms.kind === 'here' && norms !== before?.insights.norms) {
        title.textContent = `What the norms do after ‘${showToken(norms.value.tokens[norms.value.position])}’`;
        behind.hidden = !norms.value.norms.some(({ kind }) => kind === 'ln1_post' || kind === 'ln2_post');
        versus.hidden = norms.value.target.against === undefined;
        fill(table, ...filterRows(norms.value));
      }
      summaryWaiting.update(normSummary);
      begin.hidden = normSummary.kind !== 'absent';
      summary.hidden = normSummary.kind !== 'here';
      if (normSummary.kind === 'here' && normSummary !== before?.insights.normSummary) {
        const { summaries, file } = normSummary.value;
        summaryTitle.textContent = `What the norms do over ${counted(summaries.prompts, 'prompt')} of ${file}`;
        skipped.textContent =
          summaries.skipped.length === 0 ? '' : `${counted(summaries.skipped.length, 'prompt')} left out: ${summaries.skipped[0].reason}`;
        fill(summaryTable, ...summaryRows(summaries));
      }
    },
  };
}

type Fate = 'kept' | 'gained' | 'lost';

const MARKS: readonly { readonly kind: Fate; readonly sign: string; readonly name: string }[] = [
  { kind: 'kept', sign: '●', name: 'kept' },
  { kind: 'gained', sign: '▲', name: 'gained' },
  { kind: 'lost', sign: '▽', name: 'lost' },
];

function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? '' : 's'}`;
}

function head(...names: readonly string[]): HTMLElement {
  return rows('thead', tableRow(undefined, ...names.map((name) => columnHeader(name))));
}

const NAMES: Readonly<Record<NormPlace['kind'], string>> = {
  ln_embed: 'Norm of the embedding',
  ln1: 'first norm',
  ln1_post: 'behind attention',
  ln2: 'second norm',
  ln2_post: 'behind feed-forward',
  ln_final: 'Final norm',
};

function nameOf({ kind, layer }: NormPlace): HTMLElement {
  return rowHeader(layer === undefined ? null : `Layer ${layer} `, element('span', { class: 'norm-kind', text: NAMES[kind] }));
}

function filterRows({ norms, target }: NormFilters): HTMLElement[] {
  return [
    head('Norm', 'Before', 'After', 'Overlap', 'Cosine', 'Length', `Rank of ${showToken(target)}`),
    rows('tbody', ...norms.map((norm) => filterRow(norm, target))),
  ];
}

function filterRow(norm: NormFilter, target: FlowGraph['target']): HTMLElement {
  const { before, after, lost, gained, overlap, cosine, length, targetRank } = norm;
  return tableRow(
    `norm-${norm.kind}-${norm.layer ?? ''}`,
    nameOf(norm),
    tableCell('token-cell', 'Before', ...tokens(before, lost, 'lost', target.id)),
    tableCell('token-cell', 'After', ...tokens(after, gained, 'gained', target.id)),
    tableCell('figure', 'Overlap', partBar(overlap), formatProbability(overlap)),
    tableCell('figure', 'Cosine', formatNumber(Number(cosine.toFixed(3)))),
    tableCell('figure', 'Length', `${formatNumber(length.before)} → ${formatNumber(length.after)}`),
    tableCell(
      'figure',
      'Target’s rank',
      `${formatRank(targetRank.before)} → ${formatRank(targetRank.after)} `,
      rankChange(targetRank.before - targetRank.after),
    ),
  );
}

/** A list of tokens; those of `changed` have the fate, the others are kept. */
function tokens(list: readonly TokenScore[], changed: readonly TokenScore[], fate: Fate, target: number): HTMLElement[] {
  const ids = new Set(changed.map(({ id }) => id));
  return list.map((token) => {
    const kind = ids.has(token.id) ? fate : 'kept';
    return normToken(token, kind, token.id === target, formatProbability(token.probability));
  });
}

function normToken(token: TokenText, kind: Fate, isTarget: boolean, figure: string): HTMLElement {
  const sign = MARKS.find((mark) => mark.kind === kind)?.sign ?? '';
  return element(
    'span',
    { class: `norm-token ${kind}${isTarget ? ' is-target' : ''}`, attributes: { title: `${kind}, ${figure}` } },
    element('span', { class: 'norm-sign', text: sign, attributes: { 'aria-hidden': 'true' } }),
    element('span', { class: 'list-token', text: showToken(token) }),
    unseen(` ${kind}, `),
  );
}

/** How many places the target has come forward: ↑12. */
function rankChange(forward: number): HTMLElement {
  const text = forward === 0 ? '=' : `${forward > 0 ? '↑' : '↓'}${formatRank(Math.abs(forward)).slice(1)}`;
  return element('span', { class: forward === 0 ? 'rank-change' : forward > 0 ? 'rank-change up' : 'rank-change down', text });
}

function summaryRows({ norms }: NormSummaries): HTMLElement[] {
  return [
    head('Norm', 'Holds back most often', 'Lets in most often', 'Overlap', 'Cosine', 'Rank, log₂'),
    rows(
      'tbody',
      ...norms.map((norm) =>
        tableRow(
          `norm-summary-${norm.kind}-${norm.layer ?? ''}`,
          nameOf(norm),
          tableCell('token-cell', 'Holds back', ...often(norm.suppressed, 'lost', norm.prompts)),
          tableCell('token-cell', 'Lets in', ...often(norm.promoted, 'gained', norm.prompts)),
          tableCell('figure', 'Overlap', partBar(norm.overlap), formatProbability(norm.overlap)),
          tableCell('figure', 'Cosine', formatNumber(Number(norm.cosine.toFixed(3)))),
          tableCell('figure', 'Rank, log₂', formatSigned(Number(norm.logRankChange.toFixed(2)))),
        ),
      ),
    ),
  ];
}

/** What happened in one prompt of many is no habit of the norm. */
function often(list: NormSummary['suppressed'], kind: Fate, prompts: number): HTMLElement[] {
  const habits = list.filter(({ frequency }) => prompts === 1 || frequency * prompts > 1.5);
  if (habits.length === 0) return [element('span', { class: 'none', text: 'none' })];
  return habits.map((token) => {
    const made = normToken(token, kind, false, `in ${formatProbability(token.frequency)} of the prompts`);
    made.append(element('span', { class: 'effect-figure', text: formatProbability(token.frequency) }));
    return made;
  });
}
