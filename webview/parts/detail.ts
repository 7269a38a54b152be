/** How much is drawn, and exports: the row that "Detail" opens. */
import * as l10n from '@vscode/l10n';
import { render, type TemplateResult } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { DEFAULT_COUNTS } from '#core/format/default-counts';
import type { GraphCounts } from '#core/format/graph-counts';
import { DEFAULT_MEASURE } from '#core/format/default-measure';
import type { TokenMeasure } from '#core/format/share-measure';
import { measureMeaning } from '#core/present/describe';
import type { ExportFormat } from '#core/protocol/page-messages';
import { html } from '../lib/dom/html';
import { button } from '../lib/controls/button';
import { dropdown } from '../lib/controls/toolkit';
import { debounce } from '../lib/dom/debounce';
import { element } from '../lib/dom/element';
import { icon } from '../lib/dom/icon';
import { createEffectReference } from './effect-reference';
import type { Page, Part } from '../state/page';
import type { PageState } from '../state/page-state';

const ROW_ID = 'visit-detail';

/** Opens and closes the row. */
export function detailToggle(page: Page, { view }: PageState): TemplateResult {
  return html`<button
    class="disclosure"
    data-testid="detail-toggle"
    type="button"
    aria-controls=${ROW_ID}
    aria-expanded=${view.detailOpen}
    @click=${() => page.dispatch({ type: 'view', change: { detailOpen: !view.detailOpen } })}
  >
    ${icon('chevron')}${l10n.t('Detail')}
  </button>`;
}

type Count = Exclude<keyof GraphCounts, 'tokens'>;

const COUNTS: readonly {
  readonly key: Count;
  readonly name: string;
  readonly hint: string;
  readonly least: number;
  readonly most: number;
}[] = [
  { key: 'heads', name: l10n.t('Heads'), hint: l10n.t('Heads drawn in each layer; 0 draws all'), least: 0, most: 256 },
  { key: 'values', name: l10n.t('Sources'), hint: l10n.t('Tokens drawn for each head, by attention probability'), least: 1, most: 64 },
  { key: 'top', name: l10n.t('Top neurons'), hint: l10n.t('Neurons with the largest coefficient × norm'), least: 0, most: 200 },
  { key: 'bottom', name: l10n.t('Bottom neurons'), hint: l10n.t('Neurons with the smallest coefficient × norm'), least: 0, most: 200 },
];

/** Typed counts are requested after a pause in typing this long. */
const COUNT_DELAY_MS = 500;

/** The row. */
export function createDetail(page: Page): Part {
  const row = element('div', {
    class: 'detail',
    testId: 'detail',
    attributes: { id: ROW_ID, role: 'group', 'aria-label': l10n.t('Detail'), hidden: true },
  });
  const askCounts = debounce<GraphCounts>(COUNT_DELAY_MS, (counts) => page.ask({ counts }));
  let wanted: GraphCounts | null = null;

  const typed = (key: Count, input: HTMLInputElement): void => {
    if (!input.validity.valid || input.value === '') return;
    wanted = { ...(wanted ?? page.state().request?.counts ?? DEFAULT_COUNTS), [key]: Number(input.value) };
    askCounts(wanted);
  };
  const count = ({ key, name, hint, least, most }: (typeof COUNTS)[number], { request }: PageState): TemplateResult => {
    const field = document.activeElement;
    const typing = field instanceof HTMLInputElement && row.contains(field) && field.dataset['testid'] === `count-${key}`;
    return html`<label class="control" title=${hint}
      ><span class="control-label">${name}</span
      ><input
        class="number"
        data-testid="count-${key}"
        type="number"
        min=${least}
        max=${most}
        step="1"
        aria-label="${name}. ${hint}"
        .value=${live(typing ? field.value : String(request?.counts[key] ?? DEFAULT_COUNTS[key]))}
        @input=${({ currentTarget }: Event) => typed(key, currentTarget as HTMLInputElement)}
    /></label>`;
  };
  const measure = dropdown<TokenMeasure>({
    label: l10n.t('How shares are measured'),
    testId: 'share-measure',
    choices: [
      ['centred', l10n.t('Centred')],
      ['raw', l10n.t('Raw')],
    ],
    choose: (chosen) => page.ask({ measure: chosen }),
  });
  const reference = createEffectReference(page);
  const measureControl = ({ shown, request }: PageState): TemplateResult => {
    const asked = request?.measure ?? DEFAULT_MEASURE;
    const isDifference = shown?.graph.target.measure === 'difference';
    const hint = isDifference ? l10n.t('With a second token, shares are of the difference of two logits') : measureMeaning(asked);
    return html`<div class="control" title=${hint}><span class="control-label">${l10n.t('Shares')}</span>${measure.element}</div>`;
  };
  const exportButton = (label: string, format: ExportFormat): TemplateResult =>
    button({ label, testId: `export-${format}`, press: () => page.post({ type: 'export', format }) });

  return {
    element: row,
    update(state, before) {
      row.hidden = !state.view.detailOpen || state.shown === null;
      if (before !== null && state.request === before.request && state.shown === before.shown) return;
      if (state.request?.counts !== before?.request?.counts) wanted = null;
      render(
        html`${COUNTS.map((each) => count(each, state))} ${measureControl(state)} ${reference.template(state)}
          <div class="control exports">
            <span class="control-label">${l10n.t('Export')}</span
            >${exportButton('SVG', 'svg')}${exportButton('PNG', 'png')}${exportButton('HTML', 'html')}${exportButton('JSON', 'json')}${exportButton('CSV', 'csv')}
          </div>`,
        row,
      );
      measure.show(state.request?.measure ?? DEFAULT_MEASURE);
      reference.show(state);
    },
  };
}
