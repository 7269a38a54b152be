/**
 * The colours of the drawing, one palette for each kind of theme. Scales run through lightness, so that they survive every
 * colour blindness and a grey print: on a light theme what matters is dark, on a dark theme it shines.
 */
import { NODE_KINDS, type NodeFamily, type NodeKind } from '#core/format/node-kinds';
import { mix, parseColour, toHex, type Rgb } from './colour';

export type ThemeKind = 'light' | 'dark' | 'high-contrast' | 'high-contrast-light';

/** Colours of edges, before any opacity. */
export interface EdgeColours {
  readonly residual: string;
  readonly norm: string;
  readonly attention: string;
  readonly positive: string;
  readonly negative: string;
}

export interface Palette {
  /** from least to most noteworthy, evenly spaced */
  readonly sequential: readonly string[];
  /** from most negative over zero to most positive, evenly spaced, odd in number */
  readonly diverging: readonly string[];
  /** the stripe of a node, by the part of the block that it belongs to */
  readonly families: Readonly<Record<NodeFamily, string>>;
  readonly edges: EdgeColours;
  /** outline of hovered and pinned nodes */
  readonly focus: string;
}

const LIGHT: Palette = {
  sequential: ['#f7f4e9', '#d9e8c4', '#8fcbb5', '#3e9fb3', '#27659d', '#1d2f6f'],
  diverging: ['#a34a00', '#e08a2e', '#f9d9ae', '#f5f5f3', '#b9d7f2', '#4b93d1', '#0d4f91'],
  families: { stream: '#57606a', norm: '#8250df', attention: '#0e7c66', feedForward: '#b3256e' },
  edges: { residual: '#57606a', norm: '#a58be0', attention: '#0e8a72', positive: '#2f7fc4', negative: '#cf6a0c' },
  focus: '#005fb8',
};

const DARK: Palette = {
  sequential: ['#262b38', '#2f3f66', '#2b6391', '#2f918f', '#86bd6c', '#f6e45c'],
  diverging: ['#ffb259', '#c9731c', '#6b4320', '#2d2f33', '#23486d', '#3b83c4', '#8cc8ff'],
  families: { stream: '#9aa4b0', norm: '#b392f0', attention: '#3fc4a4', feedForward: '#f07db2' },
  edges: { residual: '#a3adb9', norm: '#8a74c4', attention: '#3fc4a4', positive: '#58a6ee', negative: '#f0913a' },
  focus: '#4daafc',
};

const HIGH_CONTRAST: Palette = {
  sequential: ['#000000', '#1c2a66', '#1f63b0', '#1fa3a3', '#a3d65c', '#ffee33'],
  diverging: ['#ffb04d', '#c96a00', '#6a3800', '#000000', '#00396b', '#1f86e0', '#8ccbff'],
  families: { stream: '#ffffff', norm: '#c8a8ff', attention: '#3fe0b8', feedForward: '#ff8cc0' },
  edges: { residual: '#ffffff', norm: '#c8a8ff', attention: '#3fe0b8', positive: '#66b8ff', negative: '#ff9e3d' },
  focus: '#f38518',
};

const HIGH_CONTRAST_LIGHT: Palette = {
  sequential: ['#ffffff', '#d2ecd0', '#79c7b4', '#1f93ad', '#14579b', '#0a1a5c'],
  diverging: ['#8f3f00', '#d97a14', '#f9d3a0', '#ffffff', '#aed3f5', '#3283c9', '#003f80'],
  families: { stream: '#292929', norm: '#6a2fd0', attention: '#006450', feedForward: '#a0004f' },
  edges: { residual: '#292929', norm: '#6a2fd0', attention: '#006450', positive: '#0a5cad', negative: '#a84b00' },
  focus: '#0f4a85',
};

/** The palette of a theme. */
export const PALETTES: Readonly<Record<ThemeKind, Palette>> = {
  light: LIGHT,
  dark: DARK,
  'high-contrast': HIGH_CONTRAST,
  'high-contrast-light': HIGH_CONTRAST_LIGHT,
};

/** Colour at `t` (0…1) of evenly spaced stops, mixed perceptually. */
export function sample(stops: readonly string[], t: number): Rgb {
  const place = Math.min(1, Math.max(0, t)) * (stops.length - 1);
  const at = Math.min(stops.length - 2, Math.floor(place));
  const [from, to] = [parseColour(stops[at] ?? ''), parseColour(stops[at + 1] ?? '')];
  if (from === null || to === null) throw new RangeError('a palette needs two stops or more, each #rrggbb');
  return mix(from, to, place - at);
}

/** Evenly spaced colours along the stops, each `#rrggbb`, mixed as `sample` mixes. */
export function gradientStops(stops: readonly string[], count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => toHex(sample(stops, i / (count - 1))));
}

/** A CSS gradient of the stops, left to right, mixed as `sample` mixes. */
export function gradient(stops: readonly string[], steps = 24): string {
  return `linear-gradient(90deg, ${gradientStops(stops, steps + 1).join(', ')})`;
}

/** The family that a kind of node belongs to. */
export function familyOf(kind: NodeKind): NodeFamily {
  return NODE_KINDS[kind].family;
}
