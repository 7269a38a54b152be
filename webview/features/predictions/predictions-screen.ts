/** What several prompts are continued with, as a table; any two rows are opened in a comparison. */
import * as l10n from '@vscode/l10n';
import { render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import type { Side } from '#core/format/comparison';
import { sideWords } from '#core/present/side-words';
import type { PredictionRow } from '#core/format/prediction-table';
import { showToken } from '#core/text/token-text';
import { html } from '../../lib/dom/html';
import { button } from '../../lib/controls/button';
import { element } from '../../lib/dom/element';
import { formatNumber, formatProbability } from '../../lib/format/number';
import { termText } from '../../parts/term';
import type { Screen } from '../../parts/screen';
import { passagesOf, viewPicture } from '../../parts/view-picture';
import type { Page } from '../../state/page';
import type { Predictions } from '../../state/page-state';
import { SIDES } from '../../state/shown-comparison';

/** A row of a prompt that was run. */
type PredictedRow = Exclude<PredictionRow, { readonly problem: unknown }>;

/** Rows are chosen as any two prompts. */
const LETTERS = sideWords(null);

const COLUMNS: readonly { readonly of: string; readonly name: string | TemplateResult }[] = [
  { of: 'prompt', name: l10n.t('Prompt') },
  { of: 'next', name: l10n.t('Next token') },
  { of: 'probability', name: l10n.t('Probability') },
  { of: 'runners-up', name: l10n.t('Runners-up') },
  { of: 'entropy', name: termText('entropy', l10n.t('Entropy')) },
  { of: 'tokens', name: l10n.t('Tokens') },
];

export function createPredictionsScreen(page: Page): Screen {
  const chosen: Record<Side, number> = { left: 0, right: 1 };
  const header = element('header', { class: 'header' });
  const holder = element('div', {
    class: 'table predictions-holder',
    attributes: { tabindex: 0, role: 'region', 'aria-label': l10n.t('Predictions') },
  });
  const stage = element('div', { class: 'stage' }, holder);

  const choice = (side: Side, row: number, prompt: string): TemplateResult =>
    html`<td class="choice">
      <input
        data-testid="${side}-${row}"
        type="radio"
        name="visit-${side}"
        aria-label="${LETTERS[side].name}: ${prompt}"
        .checked=${live(chosen[side] === row)}
        @change=${() => {
          chosen[side] = row;
        }}
      />
    </td>`;
  /** Opens a prompt at a click anywhere in its row, but for where it is chosen. */
  const openRow = (event: Event, row: number): void => {
    if (event.target instanceof Element && event.target.closest('.choice') === null) page.post({ type: 'openRow', row });
  };
  const rowOf = (row: PredictionRow, i: number): TemplateResult =>
    html`<tr data-testid="prediction" title=${inFull(row)} @click=${(event: Event) => openRow(event, i)}>
      ${SIDES.map((side) => ('problem' in row ? html`<td></td>` : choice(side, i, row.prompt)))}
      <th scope="row">
        <button class="goto" data-testid="prompt-${i}" type="button" title=${l10n.t`Show its story: ${row.prompt}`}>${row.prompt}</button>
      </th>
      ${'problem' in row ? html`<td class="row-problem" colspan="5">${row.problem.message}</td>` : figures(row)}
    </tr>`;
  const table = ({ rows }: Predictions['table']): TemplateResult =>
    html`<table class="predictions" data-testid="predictions">
      <caption class="unseen">
        ${l10n.t('Predicted next token for each prompt')}
      </caption>
      <thead>
        <tr>
          ${SIDES.map((side) => html`<th class="of-${side}" scope="col">${LETTERS[side].name}</th>`)}
          ${COLUMNS.map(({ of, name }) => html`<th class="of-${of}" scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(rowOf)}
      </tbody>
    </table>`;
  const toolbar = ({ table: { rows, model }, origin }: Predictions, disabled: boolean): TemplateResult =>
    html`<div class="toolbar">
      <h1 class="predictions-title">${l10n.t('Predictions')}</h1>
      <span class="predictions-summary"
        >${[l10n.t`${rows.length} prompts`, origin.name, model.name].filter((part) => part !== undefined).join(' · ')}</span
      >
      <span class="toolbar-spacer"></span>
      ${button({
        label: l10n.t('Compare A with B'),
        look: 'primary',
        testId: 'compare-rows',
        disabled: disabled ? l10n.t('There are no two prompts that could be run.') : undefined,
        press: () => page.post({ type: 'compareRows', ...chosen }),
      })}
    </div>`;

  return {
    element: element('div', { class: 'screen' }, header, element('main', { class: 'main' }, stage)),
    stage,
    drawing: null,
    picture(theme, measure) {
      const passages = passagesOf([header, holder], theme, page.state(), () => undefined);
      return viewPicture({ title: l10n.t('Predictions'), lines: [] }, passages, theme, measure);
    },
    update({ predictions }, before) {
      if (predictions === null || predictions === before?.predictions) return;
      const usable = predictions.table.rows.flatMap((row, i) => ('problem' in row ? [] : [i]));
      chosen.left = usable[0] ?? 0;
      chosen.right = usable[1] ?? chosen.left;
      render(toolbar(predictions, usable.length < 2), header);
      render(table(predictions.table), holder);
    },
  };
}

/** Tokens with their probabilities, as one text. */
function inOneText(tokens: PredictedRow['top']): string {
  return tokens.map((token) => `${showToken(token)} ${formatProbability(token.probability)}`).join('   ');
}

/** All that a row says: a narrow panel has no room for it. */
function inFull(row: PredictionRow): string {
  const more =
    'problem' in row
      ? [row.problem.message]
      : [inOneText(row.top), l10n.t`Entropy ${formatNumber(row.entropy)} bits, ${row.tokens.length} tokens`];
  return [row.prompt, ...more].join('\n');
}

/** What a prompt is continued with. */
function figures(row: PredictedRow): TemplateResult {
  const [first, ...then] = row.top;
  return html`<td class="tokens of-next">${first === undefined ? '' : showToken(first)}</td>
    <td class="figure of-probability">${first && formatProbability(first.probability)}</td>
    <td class="tokens of-runners-up">${inOneText(then)}</td>
    <td class="figure of-entropy">${l10n.t`${formatNumber(row.entropy)} bits`}</td>
    <td class="figure of-tokens">${row.tokens.length}</td>`;
}
