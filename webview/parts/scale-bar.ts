/** A scale of colours with its title and ticks. */
import { gradient, type Palette } from '../lib/colour/palettes';
import type { Scale } from '../lib/colour/scales';
import { element } from '../lib/dom/element';

/** Title, ramp and ticks of a scale. */
export function scaleBar(
  { title, diverging, ticks }: Pick<Scale, 'title' | 'diverging' | 'ticks'>,
  palette: Palette,
): readonly HTMLElement[] {
  const ramp = element('div', { class: 'legend-ramp' });
  ramp.style.background = gradient(diverging ? palette.diverging : palette.sequential);
  const marks = ticks.map(({ at, label }, i) => {
    const tick = element('span', { class: i === 0 ? 'tick tick-first' : i === ticks.length - 1 ? 'tick tick-last' : 'tick', text: label });
    tick.style.left = `${at * 100}%`;
    return tick;
  });
  return [
    element('span', { class: 'legend-title', text: title, attributes: { title } }),
    element('div', { class: 'legend-axis' }, ramp, element('div', { class: 'legend-ticks' }, ...marks)),
  ];
}
