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

/** The least width of a ramp, in pixels, and what a character of a tick takes with the space after the last. */
const AXIS = { width: 112, character: 6.6, space: 6 } as const;

/** The ticks whose labels do not overlap on a ramp of the least width: the ends, then from the right end on what has room. */
export function ticksWithRoom(ticks: readonly Tick[]): readonly Tick[] {
  const span = ({ at, label }: Tick, i: number): readonly [number, number] => {
    const width = label.length * AXIS.character;
    const from = at * AXIS.width - (i === 0 ? 0 : i === ticks.length - 1 ? width : width / 2);
    return [from, from + width + AXIS.space];
  };
  const taken: (readonly [number, number])[] = [];
  const order = [0, ...ticks.map((_, i) => ticks.length - 1 - i)];
  const shown = new Set<number>();
  for (const i of order) {
    const tick = ticks[i];
    if (tick === undefined || shown.has(i)) continue;
    const [from, to] = span(tick, i);
    if (taken.some(([start, end]) => from < end && start < to)) continue;
    taken.push([from, to]);
    shown.add(i);
  }
  return ticks.filter((_, i) => shown.has(i));
}

/** Title, ramp and ticks of a scale. */
export function scaleBar({ title, hint = title, diverging, ticks }: ScaleBar, palette: Palette): TemplateResult {
  const stops = diverging ? palette.diverging : palette.sequential;
  return html`<span class="legend-title" title=${hint}>${title}</span>
    <div class="legend-axis" title=${hint}>
      <div class="legend-ramp" .style=${`background: ${gradient(stops)}`}></div>
      <div class="legend-ticks">${ticksWithRoom(ticks).map((tick) => tickMark(tick, ticks))}</div>
    </div>`;
}

/** The first and the last of several begin and end where they are; any other is centred there. */
function tickMark(tick: Tick, ticks: readonly Tick[]): TemplateResult {
  const { at, label } = tick;
  const kind = ticks.length === 1 ? 'tick' : tick === ticks[0] ? 'tick tick-first' : tick === ticks.at(-1) ? 'tick tick-last' : 'tick';
  return html`<span class=${kind} .style=${`left: ${at * 100}%`}>${label}</span>`;
}
