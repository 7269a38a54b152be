/**
 * Writes down what painters draw, as SVG: text stays text, shapes stay shapes. Needs no document. Only what every reader of SVG
 * knows is written: colours as `#rrggbb` with an opacity beside them, and baselines as numbers, since some editors know neither
 * `rgba()` nor `dominant-baseline`.
 */
import { number, type Outline } from '../graph/outline';
import type { Surface } from '../graph/surface';
import { parseColour, toHex } from '../lib/colour/colour';
import { CanvasState } from './canvas-state';
import type { Group, MeasureFont, PictureSurface } from './picture';
import { attributes, xmlText } from './svg-text';

/** How far the baseline is below what a canvas takes for the middle of a line, in parts of the font's size. */
const BASELINE = 0.35;

const ANCHORS: Readonly<Partial<Record<CanvasTextAlign, string>>> = { center: 'middle', right: 'end', end: 'end' };

/** A text whose letters have an outline, until it is known whether they are filled too. */
interface Halo {
  readonly text: string;
  readonly x: number;
  readonly y: number;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
}

/** A fill that one of the same path may cover. */
interface LastFill {
  readonly d: string;
  readonly at: number;
}

/** See the head of this file. */
export class SvgSurface extends CanvasState implements PictureSurface {
  readonly #measure: MeasureFont;
  readonly #family: string;
  readonly #written: string[] = [];
  readonly #clips = new Map<string, string>();
  #path = '';
  #halo: Halo | null = null;
  #lastFill: LastFill | null = null;

  /** @param family fonts that the whole drawing has unless a text says otherwise */
  constructor(measure: MeasureFont, family: string) {
    super();
    this.#measure = measure;
    this.#family = family;
  }

  /** All that has been drawn, without the `svg` element around it. */
  content(): string {
    this.#flush();
    const clips = Array.from(this.#clips, ([d, id]) => `<clipPath id="${id}"><path d="${d}"/></clipPath>`);
    return [...(clips.length > 0 ? [`<defs>${clips.join('')}</defs>`] : []), ...this.#written].join('\n');
  }

  /** What is drawn meanwhile is one thing: it may have a name, and a place from which its coordinates count. */
  group({ name, x = 0, y = 0, upwards = false }: Group, draw: () => void): void {
    this.#flush();
    const moved = x === 0 && y === 0 ? [] : [`translate(${number(x)} ${number(y)})`];
    const transforms = [...moved, ...(upwards ? ['rotate(-90)'] : [])];
    const transform = transforms.length === 0 ? undefined : transforms.join(' ');
    this.#written.push(`<g${attributes({ transform })}>${name === undefined ? '' : `<title>${xmlText(name)}</title>`}`);
    draw();
    this.#flush();
    this.#written.push('</g>');
  }

  beginPath(): void {
    this.#path = '';
  }

  closePath(): void {
    this.#path += 'Z';
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${at(x, y)}`;
  }

  lineTo(x: number, y: number): void {
    this.#path += `L${at(x, y)}`;
  }

  quadraticCurveTo(controlX: number, controlY: number, x: number, y: number): void {
    this.#path += `Q${at(controlX, controlY)} ${at(x, y)}`;
  }

  bezierCurveTo(control1X: number, control1Y: number, control2X: number, control2Y: number, x: number, y: number): void {
    this.#path += `C${at(control1X, control1Y)} ${at(control2X, control2Y)} ${at(x, y)}`;
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${at(x, y)}h${number(width)}v${number(height)}h${number(-width)}Z`;
  }

  arc(x: number, y: number, radius: number, from: number, to: number): void {
    const on = (angle: number): string => at(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    const sweep = (end: number, isLong: boolean): string => `A${number(radius)} ${number(radius)} 0 ${isLong ? 1 : 0} 1 ${on(end)}`;
    const begin = `${this.#path === '' ? 'M' : 'L'}${on(from)}`;
    // One arc cannot come back to where it began.
    this.#path +=
      to - from >= 2 * Math.PI
        ? `${begin}${sweep(from + Math.PI, false)}${sweep(from + 2 * Math.PI, false)}Z`
        : `${begin}${sweep(to, to - from > Math.PI)}`;
  }

  fill(outline?: Outline): void {
    const d = outline?.d ?? this.#path;
    const fill = this.#paint('fill', this.fillStyle);
    this.#flush();
    const last = this.#lastFill;
    if (fill['fill-opacity'] === undefined && last?.d === d && last.at === this.#written.length - 1) this.#written.pop();
    this.#written.push(this.#element('path', { d, ...fill }));
    this.#lastFill = { d, at: this.#written.length - 1 };
  }

  stroke(outline?: Outline): void {
    const d = outline?.d ?? this.#path;
    if (d !== '') this.#write('path', { d, fill: 'none', ...this.#line() });
  }

  clip(outline: Outline): void {
    const id = this.#clips.get(outline.d) ?? `clip-${this.#clips.size + 1}`;
    this.#clips.set(outline.d, id);
    this.clipId = id;
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    if (width === 0 || height === 0) return;
    this.#write('rect', { ...this.#box(x, y, width, height), ...this.#paint('fill', this.fillStyle) });
  }

  strokeRect(x: number, y: number, width: number, height: number): void {
    this.#write('rect', { ...this.#box(x, y, width, height), fill: 'none', ...this.#line() });
  }

  /** A text is never clipped: its painter has made it fit, and half a letter helps nobody. */
  fillText(text: string, x: number, y: number): void {
    const halo = this.#halo;
    const joined = halo !== null && halo.text === text && halo.x === x && halo.y === y;
    if (joined) this.#halo = null;
    this.#flush();
    // Letters over their own outline are one text.
    const outlined = joined ? { ...halo.attributes, 'paint-order': 'stroke' } : {};
    this.#writeText(text, x, y, { ...this.#paint('fill', this.fillStyle), ...outlined });
  }

  strokeText(text: string, x: number, y: number): void {
    this.#flush();
    this.#halo = { text, x, y, attributes: this.#line() };
  }

  measureText(text: string): { readonly width: number } {
    return { width: this.#measure(text, this.font) };
  }

  /** Writes letters that have an outline and nothing else. */
  #flush(): void {
    const halo = this.#halo;
    this.#halo = null;
    if (halo !== null) this.#writeText(halo.text, halo.x, halo.y, { fill: 'none', ...halo.attributes });
  }

  #write(name: string, of: Readonly<Record<string, string | number | undefined>>): void {
    this.#flush();
    this.#written.push(this.#element(name, of));
  }

  #element(name: string, of: Readonly<Record<string, string | number | undefined>>): string {
    const { clipId } = this;
    return `<${name}${attributes({ ...of, 'clip-path': clipId === null ? undefined : `url(#${clipId})` })}/>`;
  }

  #writeText(text: string, x: number, y: number, paint: Readonly<Record<string, string | number | undefined>>): void {
    if (text === '') return;
    const { font, textAlign, textBaseline } = this;
    const { weight, size, family } = fontParts(font);
    if (textBaseline !== 'middle' && textBaseline !== 'alphabetic')
      throw new RangeError(`No painter asks for the baseline ${textBaseline}.`);
    const tag = attributes({
      x: number(x),
      y: number(y + (textBaseline === 'middle' ? BASELINE * size : 0)),
      'font-family': family === this.#family ? undefined : family,
      'font-size': size,
      'font-weight': weight === 400 ? undefined : weight,
      'text-anchor': ANCHORS[textAlign],
      ...paint,
    });
    this.#written.push(`<text${tag}>${xmlText(text)}</text>`);
  }

  #line(): Readonly<Record<string, string | number | undefined>> {
    const { strokeStyle, lineWidth, lineJoin, dash } = this;
    return {
      ...this.#paint('stroke', strokeStyle),
      'stroke-width': number(lineWidth),
      'stroke-linejoin': lineJoin === 'miter' ? undefined : lineJoin,
      'stroke-dasharray': dash.length === 0 ? undefined : dash.join(' '),
    };
  }

  /** A colour, and how much of what is beneath it shines through. */
  #paint(what: 'fill' | 'stroke', style: Surface['fillStyle']): Readonly<Record<string, string | number | undefined>> {
    const rgb = typeof style === 'string' ? parseColour(style) : null;
    if (typeof style !== 'string' || rgb === null) throw new RangeError('A drawing is written with plain colours only.');
    const own = Number(/^rgba\(.*,\s*([\d.]+)\s*\)$/.exec(style)?.[1] ?? 1);
    const alpha = own * this.globalAlpha;
    return { [what]: toHex(rgb), [`${what}-opacity`]: alpha >= 1 ? undefined : Number(alpha.toFixed(3)) };
  }

  #box(x: number, y: number, width: number, height: number): Readonly<Record<string, string>> {
    return {
      x: number(Math.min(x, x + width)),
      y: number(Math.min(y, y + height)),
      width: number(Math.abs(width)),
      height: number(Math.abs(height)),
    };
  }
}

function at(x: number, y: number): string {
  return `${number(x)} ${number(y)}`;
}

/** A font as a canvas takes it, in its parts. @throws RangeError where it has no size in pixels */
function fontParts(font: string): { readonly weight: number; readonly size: number; readonly family: string } {
  const [, weight, size, family] = /^(?:(bold|\d+) )?([\d.]+)px (.+)$/.exec(font) ?? [];
  if (size === undefined || family === undefined) throw new RangeError(`This font is not one that a painter uses: ${font}`);
  return { weight: weight === 'bold' ? 700 : Number(weight ?? 400), size: Number(size), family };
}
