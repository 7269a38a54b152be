/** Ink in lines that fit a width: words, tokens, bars and small drawings, one after the other. */
import { clip } from '../graph/node-paint';
import type { Ink, Lines } from '../lib/format/passage';
import type { Theme } from '../lib/theme/theme';
import { drawFigure } from './figure';
import type { Block, Setting, Sheet } from './caption';
import type { MeasureFont, PictureSurface } from './picture';

const MONO = '"DejaVu Sans Mono", "Liberation Mono", Menlo, Consolas, monospace';
/** Pixels: width and height of a bar, around a text on a ground of its own, and before what stands apart. */
const BAR = { width: 56, height: 8 } as const;
const GROUND_PAD = 3;
const GAP = { nothing: 0, gap: 7, glue: 3 } as const;

/** Something that is not broken, and the space before it where it does not begin a line. */
interface Atom {
  readonly ink: Ink;
  /** of text; empty for all else */
  readonly text: string;
  /** blanks between it and the word of the same ink before it */
  readonly gap: string;
  readonly width: number;
  readonly before: number;
  /** a line may end before it */
  readonly breaks: boolean;
}

interface PlacedAtom {
  readonly atom: Atom;
  readonly x: number;
}

interface PlacedLine {
  readonly atoms: readonly PlacedAtom[];
  readonly width: number;
}

/** Lines that have been laid out. */
export interface LaidOut {
  /** of the widest line */
  readonly width: number;
  /** of the longest word, which is cut where a line has less room */
  readonly longest: number;
  readonly block: Block;
}

/** @param sheet its width is that of a line @param align of lines that are shorter */
export function inkBlock(lines: Lines, setting: Setting, sheet: Sheet, align: 'left' | 'right' = 'left'): LaidOut {
  const { theme, measure, width: room } = sheet;
  const atoms = lines.map((line) => atomsOf(line, setting, theme, measure));
  const placed = atoms.flatMap((line) => broken(line, room, (text, ink) => clipped(text, ink, setting, sheet)));
  const lineHeight = Math.round(setting.size * 1.5);
  const width = Math.max(0, ...placed.map((line) => line.width));
  return {
    width,
    longest: Math.max(0, ...atoms.flat().map((atom) => atom.width)),
    block: {
      height: placed.length * lineHeight,
      draw(surface, x, y) {
        placed.forEach((line, i) => {
          const left = align === 'right' ? x + room - line.width : x;
          drawLine(surface, line, left, y + (i + 0.5) * lineHeight, setting, theme);
        });
      },
    },
  };
}

function fontOf(ink: Ink, { size, strong = false }: Setting, { font }: Theme): string {
  const text = ink.kind === 'text' ? ink : null;
  return `${text?.strong === true || strong ? '600 ' : ''}${size}px ${text?.mono === true ? MONO : font}`;
}

function clipped(text: string, ink: Ink, setting: Setting, { theme, measure, width }: Sheet): string {
  const font = fontOf(ink, setting, theme);
  return clip(text, width, (part) => measure(part, font));
}

function atomsOf(line: readonly Ink[], setting: Setting, theme: Theme, measure: MeasureFont): readonly Atom[] {
  const atoms: Atom[] = [];
  let space = false;
  for (const ink of line) {
    const apart = GAP[ink.after];
    if (ink.kind !== 'text') {
      const scale = ink.kind === 'figure' ? figureScale(ink.figure.height, setting) : 1;
      atoms.push({
        ink,
        text: '',
        gap: '',
        width: ink.kind === 'bar' ? BAR.width : ink.figure.width * scale,
        before: GAP[ink.after],
        breaks: ink.after !== 'glue',
      });
      space = true;
      continue;
    }
    const font = fontOf(ink, setting, theme);
    const blank = measure(' ', font);
    const pads = ink.ground === null ? 0 : 2 * GROUND_PAD;
    // Blanks between tokens tell them apart: as many as there are.
    const words = [...ink.text.trim().matchAll(/(\s*)(\S+)/g)];
    words.forEach(([, blanks = '', text = ''], i) => {
      const gap = i === 0 ? '' : ink.mono ? blanks : ' ';
      const before = i > 0 ? blank * gap.length : Math.max(apart, space || /^\s/.test(ink.text) ? blank : 0);
      atoms.push({ ink, text, gap, width: measure(text, font) + pads, before, breaks: before > 0 && (i > 0 || ink.after !== 'glue') });
    });
    space = /\s$/.test(ink.text);
  }
  return atoms;
}

/** A small drawing is as high as the letters around it. */
function figureScale(height: number, { size }: Setting): number {
  return Math.min(1, size / height);
}

/** Atoms in as many lines as they need. */
function broken(atoms: readonly Atom[], room: number, clipped: (text: string, ink: Ink) => string): readonly PlacedLine[] {
  const lines: { atoms: PlacedAtom[]; width: number }[] = [];
  for (const atom of atoms) {
    const line = lines.at(-1);
    if (line !== undefined && (!atom.breaks || line.width + atom.before + atom.width <= room + 0.5)) {
      line.atoms.push({ atom, x: line.width + atom.before });
      line.width += atom.before + atom.width;
    } else {
      const fits = atom.width <= room + 0.5;
      lines.push({
        atoms: [{ atom: fits ? atom : { ...atom, text: clipped(atom.text, atom.ink), width: room }, x: 0 }],
        width: Math.min(atom.width, room),
      });
    }
  }
  return lines;
}

/** @param y of the line's middle */
function drawLine(surface: PictureSurface, { atoms }: PlacedLine, left: number, y: number, setting: Setting, theme: Theme): void {
  const plain = setting.muted ? theme.muted : theme.foreground;
  surface.save();
  surface.textAlign = 'left';
  surface.textBaseline = 'middle';
  for (let i = 0; i < atoms.length; i++) {
    const first = atoms[i];
    if (first === undefined) continue;
    const { ink } = first.atom;
    const x = left + first.x;
    switch (ink.kind) {
      case 'bar':
        drawBar(surface, ink, x, y, theme);
        break;
      case 'figure':
        drawFigure(
          surface,
          ink.figure,
          { x, y: y - (ink.figure.height * figureScale(ink.figure.height, setting)) / 2, scale: figureScale(ink.figure.height, setting) },
          theme,
        );
        break;
      case 'text': {
        // Words of one look are one text.
        let text = first.atom.text;
        for (let next = atoms[i + 1]; next?.atom.ink === ink; next = atoms[i + 1]) {
          text += next.atom.gap + next.atom.text;
          i += 1;
        }
        surface.globalAlpha = ink.opacity;
        if (ink.ground !== null) {
          surface.fillStyle = ink.ground;
          surface.fillRect(x, y - setting.size * 0.7, first.atom.width, setting.size * 1.4);
        }
        surface.font = fontOf(ink, setting, theme);
        surface.fillStyle = ink.colour ?? plain;
        surface.fillText(text, x + (ink.ground === null ? 0 : GROUND_PAD), y);
        surface.globalAlpha = 1;
        break;
      }
    }
  }
  surface.restore();
}

function drawBar(surface: PictureSurface, { part, side, colour }: Extract<Ink, { kind: 'bar' }>, x: number, y: number, theme: Theme): void {
  const top = y - BAR.height / 2;
  const half = BAR.width / 2;
  surface.fillStyle = colour ?? theme.foreground;
  if (side === 'whole') return surface.fillRect(x, top, Math.max(1, part * BAR.width), BAR.height);
  surface.fillRect(side === 'left' ? x + half * (1 - part) : x + half, top, part * half, BAR.height);
  surface.fillStyle = theme.muted;
  surface.fillRect(x + half - 0.5, top, 1, BAR.height);
}
