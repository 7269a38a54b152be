/** What an SVG document says, read by a strict XML parser that is not ours. */
import { SaxesParser } from 'saxes';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** See the head of this file. */
export interface ReadSvg {
  readonly width: number;
  readonly height: number;
  /** the content of every `text`, in order */
  readonly texts: readonly string[];
  /** the content of every `title`, the document's first */
  readonly titles: readonly string[];
  /** names of the elements that it has */
  readonly elements: ReadonlySet<string>;
  /** corners, ends and anchors of all that is drawn, in the document's coordinates */
  readonly points: readonly Point[];
}

/** @throws Error where it is not well-formed */
export function readSvg(svg: string): ReadSvg {
  const parser = new SaxesParser();
  const [texts, titles, points]: [string[], string[], Point[]] = [[], [], []];
  const elements = new Set<string>();
  const moved: Point[] = [{ x: 0, y: 0 }];
  let size = { width: NaN, height: NaN };
  let said: string | null = null;
  let clips = false;
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name, attributes }) => {
    elements.add(name);
    const of = (attribute: string): number => Number(attributes[attribute]);
    const base = moved.at(-1) ?? { x: 0, y: 0 };
    if (name === 'svg') {
      const box = String(attributes['viewBox']).split(' ').map(Number);
      size = { width: box[2] ?? NaN, height: box[3] ?? NaN };
    }
    if (name === 'g') {
      const [, x = '0', y = '0'] = /^translate\((\S+) (\S+)\)$/.exec(attributes['transform'] ?? '') ?? [];
      moved.push({ x: base.x + Number(x), y: base.y + Number(y) });
    }
    const at = (x: number, y: number): number => points.push({ x: base.x + x, y: base.y + y });
    if (name === 'rect') {
      at(of('x') || 0, of('y') || 0);
      at((of('x') || 0) + of('width'), (of('y') || 0) + of('height'));
    }
    // A clip path is where the shape that it clips is.
    if (name === 'clipPath') clips = true;
    if (name === 'path' && !clips) for (const { x, y } of pointsOf(String(attributes['d']))) at(x, y);
    if (name === 'text') at(of('x'), of('y'));
    if (name === 'text' || name === 'title') said = '';
  });
  parser.on('text', (text) => {
    if (said !== null) said += text;
  });
  parser.on('closetag', ({ name }) => {
    if (name === 'g') moved.pop();
    if (name === 'clipPath') clips = false;
    if (said === null || (name !== 'text' && name !== 'title')) return;
    (name === 'text' ? texts : titles).push(said);
    said = null;
  });
  parser.write(svg).close();
  return { ...size, texts, titles, elements, points };
}

/** Numbers that a command of a path takes. */
const TAKES: Readonly<Record<string, number>> = { M: 2, L: 2, Q: 4, C: 6, A: 7, a: 7, h: 1, v: 1, Z: 0 };

/** Where a path goes: the ends of its pieces. */
function pointsOf(d: string): Point[] {
  const points: Point[] = [];
  let [x, y] = [0, 0];
  for (const [, command = '', rest = ''] of d.matchAll(/([A-Za-z])([^A-Za-z]*)/g)) {
    const takes = TAKES[command];
    const numbers = rest.trim() === '' ? [] : rest.trim().split(/\s+/).map(Number);
    if (takes === undefined || numbers.length !== takes || !numbers.every(Number.isFinite)) throw new Error(`No path: ${d}`);
    const [last = 0, beforeLast = 0] = [numbers.at(-1), numbers.at(-2)];
    if (command === 'h') x += last;
    else if (command === 'v') y += last;
    else if (command === 'a') [x, y] = [x + beforeLast, y + last];
    else if (command !== 'Z') [x, y] = [beforeLast, last];
    points.push({ x, y });
  }
  return points;
}
