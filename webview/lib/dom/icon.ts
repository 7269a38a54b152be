/** The page's icons: 16 × 16 strokes that take the colour of the text around them. */
import type { TemplateResult } from 'lit-html';
import { html } from './html';

const PATHS = {
  close: 'M4 4l8 8M12 4l-8 8',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  chevron: 'M6 4l4 4-4 4',
  warning: 'M8 2.2l6 11.3H2zM8 6.5v3.2M8 11.4v.6',
  swap: 'M2.500 5.500h10M10 2.500l3 3-3 3M13.500 10.500h-10M6 7.500l-3 3 3 3',
  edit: 'M3 13l.7-3L11 2.700l2.300 2.300L6 12.300zM9.500 4.200l2.300 2.300',
  check: 'M3 8.500l3.500 3.500L13 4.500',
  copy: 'M5.500 5.500h7v8h-7zM10.500 5.500v-3h-7v8h2',
  back: 'M13 8H3M7 4L3 8l4 4',
  forward: 'M3 8h10M9 4l4 4-4 4',
  history: 'M2.5 8a5.500 5.500 0 1 0 1.800-4M2.500 2.500v2.300h2.300M8 5v3.200l2.200 1.300',
  maximize: 'M2.500 3h11v10h-11zM2.500 5.500h11',
  compare: 'M2.500 2.500h7.500v7.500h-7.500zM6 12.500v1h7.500V6h-1',
  search: 'M7 2.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 1 0 0-9M10.300 10.300L14 14',
  up: 'M8 13V3M4 7l4-4 4 4',
  down: 'M8 3v10M4 9l4 4 4-4',
  play: 'M5 3l8 5-8 5z',
  stop: 'M4 4h8v8H4z',
  pin: 'M10 2.5l3.5 3.5-2 .5-2.5 2.5-.5 3L4 7.500l3-.5 2.500-2.500zM6.200 9.800L2.500 13.500',
} as const;

export type IconName = keyof typeof PATHS;

/** An icon without meaning of its own: the element around it has the name. */
export function icon(name: IconName): TemplateResult {
  return html`<svg viewBox="0 0 16 16" class="icon icon-${name}" aria-hidden="true"><path d=${PATHS[name]}></path></svg>`;
}
