/** What several prompts are continued with, as a table; any two rows are opened in a comparison. */
import type { Side } from '#core/format/comparison';
import { sideWords } from '#core/present/side-words';
import type { PredictionRow } from '#core/format/prediction-table';
import { showToken } from '#core/text/token-text';
import { button } from '../../lib/controls/toolkit';
import { element, fill } from '../../lib/dom/element';
import { formatNumber, formatProbability } from '../../lib/format/number';
import type { Screen } from '../../parts/screen';
import type { Page } from '../../state/page';
import { SIDES } from '../../state/shown-comparison';

/** Rows are chosen as any two prompts. */
const LETTERS = sideWords(null);

export function createPredictionsScreen(page: Page): Screen {
  const chosen: Record<Side, number> = { left: 0, right: 1 };
  const compare = button({
    label: 'Compare A with B',
    look: 'primary',
    testId: 'compare-rows',
    press: () => page.post({ type: 'compareRows', ...chosen }),
  });
  const summary = element('span', { class: 'predictions-summary' });
  const body = element('tbody', {});
  const table = element(
    'table',
    { class: 'predictions', testId: 'predictions' },
    element('caption', { class: 'unseen', text: 'What each prompt is continued with' }),
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...SIDES.map((side) => element('th', { class: `of-${side}`, text: LETTERS[side].name, attributes: { scope: 'col' } })),
        ...['Prompt', 'Next token', 'Probability', 'Then', 'Entropy', 'Tokens'].map((text) =>
          element('th', { text, attributes: { scope: 'col' } }),
        ),
      ),
    ),
    body,
  );
  const stage = element(
    'div',
    { class: 'stage' },
    element('div', { class: 'table predictions-holder', attributes: { tabindex: 0, role: 'region', 'aria-label': 'Predictions' } }, table),
  );
  const header = element(
    'header',
    { class: 'header' },
    element(
      'div',
      { class: 'toolbar' },
      element('h1', { class: 'predictions-title', text: 'Predictions' }),
      summary,
      element('span', { class: 'toolbar-spacer' }),
      compare,
    ),
  );

  const choice = (side: Side, row: number, prompt: string): HTMLElement => {
    const input = element('input', {
      testId: `${side}-${row}`,
      attributes: { type: 'radio', name: `visit-${side}`, 'aria-label': `${LETTERS[side].name}: ${prompt}`, checked: chosen[side] === row },
      on: {
        change: () => {
          chosen[side] = row;
        },
      },
    });
    return element('td', { class: 'choice' }, input);
  };
  const rowOf = (row: PredictionRow, i: number): HTMLElement => {
    const usable = !('problem' in row);
    const open = element('button', {
      class: 'goto',
      testId: `prompt-${i}`,
      text: row.prompt,
      attributes: { type: 'button', title: 'Show its flow graph' },
      on: { click: () => page.post({ type: 'openRow', row: i }) },
    });
    const cells =
      'problem' in row
        ? [element('td', { class: 'row-problem', text: row.problem.message, attributes: { colspan: 5 } })]
        : [
            element('td', { class: 'tokens', text: row.top[0] ? showToken(row.top[0]) : '' }),
            element('td', { class: 'figure', text: row.top[0] ? formatProbability(row.top[0].probability) : '' }),
            element('td', {
              class: 'tokens',
              text: row.top
                .slice(1)
                .map((token) => `${showToken(token)} ${formatProbability(token.probability)}`)
                .join('   '),
            }),
            element('td', { class: 'figure', text: `${formatNumber(row.entropy)} bits` }),
            element('td', { class: 'figure', text: String(row.tokens.length) }),
          ];
    return element(
      'tr',
      { testId: 'prediction' },
      ...SIDES.map((side) => (usable ? choice(side, i, row.prompt) : element('td', {}))),
      element('th', { attributes: { scope: 'row' } }, open),
      ...cells,
    );
  };

  return {
    element: element('div', { class: 'screen' }, header, element('main', { class: 'main' }, stage)),
    stage,
    drawing: null,
    update({ predictions }, before) {
      if (predictions === null || predictions === before?.predictions) return;
      const {
        table: { rows, model },
        origin,
      } = predictions;
      const usable = rows.flatMap((row, i) => ('problem' in row ? [] : [i]));
      chosen.left = usable[0] ?? 0;
      chosen.right = usable[1] ?? chosen.left;
      compare.toggleAttribute('disabled', usable.length < 2);
      summary.textContent = [`${rows.length} prompts`, origin.name, model.name].filter((part) => part !== undefined).join(' · ');
      fill(body, ...rows.map(rowOf));
    },
  };
}
