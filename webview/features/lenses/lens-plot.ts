/** How well two lenses predict the model, border by border, as a picture. */
import * as l10n from '@vscode/l10n';
import { svg, type TemplateResult } from 'lit-html';
import { html } from '../../lib/dom/html';

/** One figure of two lenses at every border of blocks. */
export interface PlottedFigure {
  readonly title: string;
  readonly logit: readonly number[];
  readonly fitted: readonly number[];
  /** top of the scale, and how a value is written there */
  readonly most: number;
  readonly write: (value: number) => string;
}

const [WIDTH, HEIGHT] = [360, 180];
const EDGE = { left: 44, right: 10, top: 10, bottom: 30 };

/** Names on the axis of borders, at most. */
const NAMED = 10;

/** @param figure at least two borders */
export function lensPlot({ title, logit, fitted, most, write }: PlottedFigure): TemplateResult {
  const borders = logit.length;
  const x = (border: number): number => EDGE.left + ((WIDTH - EDGE.left - EDGE.right) * border) / Math.max(1, borders - 1);
  const y = (value: number): number => HEIGHT - EDGE.bottom - (HEIGHT - EDGE.top - EDGE.bottom) * Math.min(1, value / (most || 1));
  const step = Math.ceil(borders / NAMED);
  const line = (values: readonly number[], lens: 'logit' | 'fitted'): TemplateResult => {
    const points = values.map((value, border) => `${x(border).toFixed(1)},${y(value).toFixed(1)}`).join(' ');
    return svg`<polyline class="lens-line ${lens}" points=${points}></polyline>
      ${values.map((value, border) => svg`<circle class="lens-dot ${lens}" cx=${x(border)} cy=${y(value)} r="2.6"></circle>`)}`;
  };
  return html`<figure class="lens-plot">
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label=${l10n.t('{0}, as in the table', title)}>
      ${[0, 0.5, 1].map(
        (part) =>
          svg`<line class="lens-grid" x1=${EDGE.left} x2=${WIDTH - EDGE.right} y1=${y(part * most)} y2=${y(part * most)}></line>
            <text x=${EDGE.left - 5} y=${y(part * most) + 4} text-anchor="end">${write(part * most)}</text>`,
      )}
      ${Array.from({ length: borders }, (_, border) =>
        border % step === 0 ? svg`<text x=${x(border)} y=${HEIGHT - 15} text-anchor="middle">${border}</text>` : null,
      )}
      <text x=${(EDGE.left + WIDTH - EDGE.right) / 2} y=${HEIGHT - 2} text-anchor="middle">${l10n.t('blocks passed')}</text>
      ${line(logit, 'logit')} ${line(fitted, 'fitted')}
    </svg>
  </figure>`;
}
