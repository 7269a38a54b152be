/** What estimated effects and shares are worth in this model: predicted against measured, component by component, and in correlations. */
import * as l10n from '@vscode/l10n';
import { nothing, render, type TemplateResult } from 'lit-html';
import { CALIBRATED_KINDS, type Calibration, type CalibrationRow, type Correlation, type Predictor } from '#core/insight/calibration';
import { POOR_BELOW } from '#core/present/estimate-worth';
import { PALETTES } from '../../lib/colour/palettes';
import { button } from '../../lib/controls/button';
import { columnHeader, figuresTable, rowHeader, tableCell, tableRow } from '../../lib/controls/figures-table';
import { element } from '../../lib/dom/element';
import { html } from '../../lib/dom/html';
import { unseen } from '../../lib/dom/unseen';
import { formatSigned } from '../../lib/format/number';
import { cancellable } from '../../parts/answer';
import { modeButtons } from '../../parts/drawing-controls';
import { insightScreen } from '../../parts/insight-screen';
import type { Screen } from '../../parts/screen';
import { CALIBRATION, insightOf, knownCalibration } from '../../state/insight-state';
import type { Page } from '../../state/page';
import type { PageState } from '../../state/page-state';
import { calibrationInShort, KIND_NAMES, PLACE_NAMES, predictorsOf, PREDICTOR_NAMES, quantityInWords } from './calibration-words';
import { mark, marksOf, pointName, scatterPlot } from './scatter-plot';

/** Rows of the table of components that are shown at first, and that are added on demand. */
const ROWS = 100;

export function createCalibrationScreen(page: Page): Screen {
  const section = element('section', { class: 'calibration' });
  let by: Predictor = 'estimated';
  /** the kind and place that are drawn alone, as `groupOf` names them */
  let alone: string | null = null;
  let rowsShown = ROWS;

  const change = (next: () => void): void => {
    next();
    rowsShown = ROWS;
    draw(page.state());
  };

  const found = (calibration: Calibration): TemplateResult => {
    const predictors = predictorsOf(calibration);
    if (!predictors.includes(by)) by = 'estimated';
    const all = marksOf(calibration.points, by);
    const largest = Math.max(1, ...all.flatMap(({ point, predicted }) => [Math.abs(point.measured), Math.abs(predicted)]));
    const drawn = all.filter(({ point }) => alone === null || groupOf(point) === alone);
    const more = (): void => {
      rowsShown += ROWS;
      draw(page.state());
    };
    return html`
      <p class="insight-note" data-testid="calibration-summary">
        ${calibrationInShort(calibration)}. ${l10n.t('Effects are on {0}.', quantityInWords(calibration))}
      </p>
      <div class="insight-controls">
        ${modeButtons(
          l10n.t('What predicts'),
          predictors.map((predictor) => ({
            label: PREDICTOR_NAMES[predictor],
            testId: `predictor-${predictor}`,
            pressed: predictor === by,
            choose: () => change(() => (by = predictor)),
          })),
        )}
      </div>
      <div class="calibration-columns">
        <figure class="calibration-plot">
          ${scatterPlot(drawn, by, largest)}
          <figcaption>
            <span class="calibration-legend"
              >${CALIBRATED_KINDS.map(
                (kind) =>
                  html`<span class="calibration-key"
                    ><svg viewBox="0 0 12 12" aria-hidden="true">${mark({ kind }, 6, 6, null)}</svg>${KIND_NAMES[kind]}</span
                  >`,
              )}</span
            >
            <span class="calibration-axes"
              >${l10n.t('{0} of {1} measured components, chosen at random. Scales are logarithmic beyond ±0.1; on the diagonal, prediction and measurement agree.', drawn.length, calibration.measured.toLocaleString('en'))}</span
            >
          </figcaption>
        </figure>
        ${correlations(calibration)}
      </div>
      <details class="calibration-points">
        <summary>${l10n.t('Components of the plot as a table')}</summary>
        ${figuresTable({
          kind: 'calibration-list',
          testId: 'calibration-points',
          label: l10n.t('Predicted and measured effects of components'),
          head: [l10n.t('Component'), l10n.t('Prompt'), PREDICTOR_NAMES[by], l10n.t('Measured')].map((name) => columnHeader(name)),
          rows: drawn
            .slice(0, rowsShown)
            .map(({ point, predicted }) =>
              tableRow(
                'calibration-point',
                rowHeader(pointName(point)),
                tableCell('figure', l10n.t('Prompt'), String(point.prompt + 1)),
                tableCell('figure', PREDICTOR_NAMES[by], formatSigned(predicted)),
                tableCell('figure', l10n.t('Measured'), formatSigned(point.measured)),
              ),
            ),
        })}
        ${button({ label: l10n.t('Show more'), testId: 'more-points', hidden: drawn.length <= rowsShown, press: more })}
      </details>
    `;
  };

  /** One row for each kind and place, from all layers to thirds of them. Its first cell shows its components alone. */
  const correlations = ({ rows }: Calibration): TemplateResult => {
    const whole = rows.filter(({ depth, correlations: { [by]: known } }) => depth === 'all' && known !== undefined);
    const depths = [...new Map(rows.filter(({ depth }) => depth !== 'all').map((row) => [row.depth, layersInWords(row)]))];
    const lines = whole.map((row) => {
      const group = groupOf(row);
      const cellOf = (depth: CalibrationRow['depth']): CalibrationRow | undefined =>
        rows.find((each) => groupOf(each) === group && each.depth === depth);
      return tableRow(
        `calibration-${row.kind}-${row.place}`,
        rowHeader(
          html`<button
            class="link"
            type="button"
            aria-pressed=${alone === group}
            title=${l10n.t('Show these components alone')}
            @click=${() => change(() => (alone = alone === group ? null : group))}
          >
            ${KIND_NAMES[row.kind]}, ${PLACE_NAMES[row.place]}
          </button>`,
        ),
        tableCell('figure', l10n.t('All layers'), figure(row.correlations[by])),
        ...depths.map(([depth, layers]) => tableCell('figure', layers, figure(cellOf(depth)?.correlations[by]))),
      );
    });
    return figuresTable({
      kind: 'correlations',
      testId: 'calibration-table',
      label: l10n.t('Correlation with the measured effect: Pearson’s, and Spearman’s of the ranks'),
      head: [l10n.t('Component, position'), l10n.t('All layers'), ...depths.map(([, layers]) => layers)].map((name) => columnHeader(name)),
      rows: lines,
    });
  };

  const screen = ({ insights, theme }: PageState): TemplateResult => {
    const { families } = PALETTES[theme.kind];
    section.style.setProperty('--calibration-attention', families.attention);
    section.style.setProperty('--calibration-mlp', families.feedForward);
    const calibration = knownCalibration(insights)?.value ?? null;
    const asked = insightOf<'calibrate'>(insights, CALIBRATION);
    const running = asked.kind === 'asked' ? asked.progress : null;
    return html`<h1>${title()}</h1>
      <p class="insight-note">
        ${l10n.t('Components chosen at random are switched off one by one. What happens is compared with what the estimated effect, or the share, predicted. Correlations are Pearson’s / Spearman’s. Below {0}, measure instead of trusting an estimate.', POOR_BELOW)}
      </p>
      <div class="insight-controls">
        ${button({ label: calibration === null ? l10n.t('Calibrate…') : l10n.t('Calibrate Again…'), look: 'primary', testId: 'calibrate', press: () => page.requestInsight(CALIBRATION) })}
      </div>
      <div class="waiting">
        ${running && cancellable(l10n.t('Measuring effects'), running, 'calibrate-cancel', () => page.post({ type: 'cancelInsight', request: CALIBRATION }))}
      </div>
      ${
        calibration === null
          ? html`<p class="insight-note" data-testid="calibration-none">
              ${l10n.t('Nothing has been measured in this model yet. A few dozen prompts of the kind you study are enough.')}
            </p>`
          : found(calibration)
      }`;
  };
  const draw = (state: PageState): void => void render(screen(state), section);

  return insightScreen({
    label: l10n.t('Calibration'),
    content: [section],
    picture: { state: page.state, head: () => ({ title: title(), lines: [] }) },
    update(state, before) {
      if (state.insights.calibrate !== before?.insights.calibrate || state.theme !== before.theme) draw(state);
    },
  });
}

/** Names a kind at a place. */
function groupOf({ kind, place }: Pick<CalibrationRow, 'kind' | 'place'>): string {
  return `${kind} ${place}`;
}

function layersInWords({ layers: { from, to } }: CalibrationRow): string {
  return from === to ? l10n.t('Layer {0}', from) : l10n.t('Layers {0}–{1}', from, to);
}

/** Both correlations; what is poor is marked. */
function figure(correlation: Correlation | null | undefined): TemplateResult | string {
  if (!correlation) return '–';
  const { pearson, spearman } = correlation;
  const words = [pearson, spearman].map((value) => value.toFixed(2).replace('-', '−')).join(' / ');
  if (Math.min(pearson, spearman) >= POOR_BELOW) return words;
  return html`<span class="poor">${words}${unseen(`, ${l10n.t('poor')}`)}${nothing}</span>`;
}

/** What the view is called, on the page and above its picture. */
function title(): string {
  return l10n.t('How far to trust estimates in this model');
}
