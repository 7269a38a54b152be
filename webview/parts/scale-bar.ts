/** A scale of colours with its title and ticks. */
import type { TemplateResult } from 'lit-html';
import { html } from '../lib/dom/html';
import { gradient, type Palette } from '../lib/colour/palettes';
import type { Scale, Tick } from '../lib/colour/scales';

/** What a scale says of itself. */
export interface ScaleBar extends Pick<Scale, 'title' | 'diverging' | 'ticks'> {
  /** says more under the pointer than the title */
  readonly hint?: string;
}

/** Title, ramp and ticks of a scale. */
export function scaleBar({ title, hint = title, diverging, ticks }: ScaleBar, palette: Palette): TemplateResult {
  const stops = diverging ? palette.diverging : palette.sequential;
  return html`<span class="legend-title" title=${hint}>${title}</span>
    <div class="legend-axis">
      <div class="legend-ramp" .style=${`background: ${gradient(stops)}`}></div>
      <div class="legend-ticks">${ticks.map((tick, i) => tickMark(tick, i === 0, i === ticks.length - 1))}</div>
    </div>`;
}

function tickMark({ at, label }: Tick, first: boolean, last: boolean): TemplateResult {
  const kind = first ? 'tick tick-first' : last ? 'tick tick-last' : 'tick';
  return html`<span class=${kind} .style=${`left: ${at * 100}%`}>${label}</span>`;
}
