/** Predicted and measured effects of components, a mark each. A perfect prediction is a mark on the diagonal. */
import * as l10n from '@vscode/l10n';
import { nothing, svg, type TemplateResult } from 'lit-html';
import { componentInWords, parseComponent } from '#core/format/component';
import type { CalibrationPoint, Predictor } from '#core/insight/calibration';
import type { CalibratedKind } from '#core/insight/calibration';
import { html } from '../../lib/dom/html';
import { formatSigned } from '../../lib/format/number';
import { PREDICTOR_NAMES } from './calibration-words';

/** Side of the square in units of the drawing, and what is left free around the plot for its axes. */
const SIZE = 360;
const LEFT = 44;
const BOTTOM = 40;
const EDGE = 8;
/** The scale is linear well below this and logarithmic well above. */
const LINEAR = 0.1;
const TICKS = [0.1, 1, 10, 100, 1000];
/** Half the side of a mark: wholes are larger than their parts. */
const RADIUS: Readonly<Record<CalibratedKind, number>> = { head: 2.4, neuron: 2.4, attention: 4, mlp: 4 };

/** A component with a figure of what is drawn across. */
interface Mark {
  readonly point: CalibrationPoint;
  readonly predicted: number;
}

/** The points that have a figure of a predictor. */
export function marksOf(points: readonly CalibrationPoint[], by: Predictor): readonly Mark[] {
  return points.flatMap((point) => {
    const { [by]: predicted } = point.predicted;
    return predicted === undefined ? [] : [{ point, predicted }];
  });
}

/** Where an effect lies between −1 and 1, the largest at the ends. */
function placeOnAxis(value: number, largest: number): number {
  return Math.asinh(value / LINEAR) / Math.asinh(largest / LINEAR);
}

/** The plot. @param marks of what is shown @param largest |figure| that the axes reach */
export function scatterPlot(marks: readonly Mark[], by: Predictor, largest: number): TemplateResult {
  const span = SIZE - LEFT - EDGE;
  const across = (value: number): number => LEFT + (span * (1 + placeOnAxis(value, largest))) / 2;
  const up = (value: number): number => SIZE - BOTTOM - ((SIZE - BOTTOM - EDGE) * (1 + placeOnAxis(value, largest))) / 2;
  const ticks = [0, ...TICKS.filter((tick) => tick <= largest).flatMap((tick) => [tick, -tick])];
  const name = PREDICTOR_NAMES[by];
  return html`<svg
    class="scatter"
    data-testid="calibration-plot"
    viewBox="0 0 ${SIZE} ${SIZE}"
    role="img"
    aria-label=${l10n.t('{0} and measured effect of {1} components; the table below the plot lists them', name, marks.length)}
  >
    ${ticks.map(
      (tick) => svg`<g class="scatter-tick">
        <line x1=${across(tick)} x2=${across(tick)} y1=${EDGE} y2=${SIZE - BOTTOM}></line>
        <line x1=${LEFT} x2=${SIZE - EDGE} y1=${up(tick)} y2=${up(tick)}></line>
        <text x=${across(tick)} y=${SIZE - BOTTOM + 14} text-anchor="middle">${tickLabel(tick)}</text>
        <text x=${LEFT - 5} y=${up(tick) + 4} text-anchor="end">${tickLabel(tick)}</text>
      </g>`,
    )}
    <line class="scatter-equal" x1=${across(-largest)} y1=${up(-largest)} x2=${across(largest)} y2=${up(largest)}></line>
    ${marks.map(({ point, predicted }) => mark(point, across(predicted), up(point.measured), inWords(point, predicted, name)))}
    <text class="scatter-axis" x=${LEFT + span / 2} y=${SIZE - 6} text-anchor="middle">${name}</text>
    <text class="scatter-axis" transform="translate(11 ${EDGE + (SIZE - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">
      ${l10n.t('Measured effect')}
    </text>
  </svg>`;
}

/** A part of a layer is a disc, a whole layer a square. */
export function mark(point: Pick<CalibrationPoint, 'kind'>, x: number, y: number, title: string | null): TemplateResult {
  const r = RADIUS[point.kind];
  const words = title === null ? nothing : svg`<title>${title}</title>`;
  switch (point.kind) {
    case 'head':
    case 'neuron':
      return svg`<circle class="mark ${point.kind}" cx=${x} cy=${y} r=${r}>${words}</circle>`;
    case 'attention':
    case 'mlp':
      return svg`<rect class="mark ${point.kind}" x=${x - r} y=${y - r} width=${2 * r} height=${2 * r}>${words}</rect>`;
  }
}

function inWords({ component, measured, prompt }: CalibrationPoint, predicted: number, name: string): string {
  return l10n.t(
    '{0}, prompt {1}: {2} {3}, measured {4}',
    pointName({ component }),
    prompt + 1,
    name.toLowerCase(),
    formatSigned(predicted),
    formatSigned(measured),
  );
}

/** A point's component in words. */
export function pointName({ component }: Pick<CalibrationPoint, 'component'>): string {
  return componentInWords(parseComponent(component));
}

function tickLabel(tick: number): string {
  return tick === 0 ? '0' : formatSigned(tick);
}
