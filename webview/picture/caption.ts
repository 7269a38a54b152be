/** Text above a drawing and what its colours mean below it, broken into lines that fit. */
import { clip } from '../graph/node-paint';
import type { Surface } from '../graph/surface';
import { gradientStops, type Palette } from '../lib/colour/palettes';
import type { Tick } from '../lib/colour/scales';
import type { Theme } from '../lib/theme/theme';
import type { MeasureFont, PictureSurface } from './picture';

/** Something that has been laid out: how high it is, and how it is drawn at a height. */
export interface Block {
  readonly height: number;
  draw(surface: PictureSurface, x: number, y: number): void;
}

/** How a text is set. */
export interface Setting {
  readonly size: number;
  readonly strong?: boolean;
  readonly muted?: boolean;
}

/** What every block is laid out with. */
export interface Sheet {
  readonly theme: Theme;
  readonly measure: MeasureFont;
  /** of a line, in pixels */
  readonly width: number;
}

/** Lines of a paragraph at most; what is longer loses its beginning, since a prompt is continued at its end. */
const MOST_LINES = 4;

/** The font of a setting, as CSS. */
function fontOfSetting({ size, strong = false }: Setting, { font }: Theme): string {
  return `${strong ? '600 ' : ''}${size}px ${font}`;
}

/** A paragraph. */
export function paragraph(text: string, setting: Setting, { theme, measure, width }: Sheet): Block {
  const font = fontOfSetting(setting, theme);
  const all = wrapped(text, width, (part) => measure(part, font));
  const lines = all.length <= MOST_LINES ? all : all.slice(-MOST_LINES).map((line, i) => (i === 0 ? `… ${line}` : line));
  const lineHeight = Math.round(setting.size * 1.45);
  return {
    height: lines.length * lineHeight,
    draw(surface, x, y) {
      surface.font = font;
      surface.textAlign = 'left';
      surface.textBaseline = 'middle';
      surface.fillStyle = setting.muted ? theme.muted : theme.foreground;
      lines.forEach((line, i) => surface.fillText(line, x, y + (i + 0.5) * lineHeight));
    },
  };
}

/** Words in lines; a word that is longer than a line is cut. */
function wrapped(text: string, width: number, measure: (text: string) => number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length === 0 ? word : `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && measure(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(clip(word, width, measure));
  }
  return lines;
}

/** A small picture with what it stands for. */
export interface LegendItem {
  readonly text: string;
  /** Draws the picture in a box of `PICTURE` at this corner. */
  picture(surface: Surface, x: number, y: number): void;
}

/** Size of a legend's pictures. */
export const PICTURE = { width: 26, height: 12 } as const;

const ITEM = { size: 12, gap: 6, between: 18, line: 20 } as const;

/** Items one after the other, in as many lines as they need. @param name of all of them, before the first */
export function legendItems(name: string, items: readonly LegendItem[], { theme, measure, width }: Sheet): Block {
  const font = fontOfSetting(ITEM, theme);
  const lead = name === '' ? 0 : measure(name, font) + ITEM.between;
  let [x, row] = [lead, 0];
  const placed = items.map((item) => {
    const wide = PICTURE.width + ITEM.gap + measure(item.text, font);
    if (x > lead && x + wide > width) {
      x = lead;
      row += 1;
    }
    const place = { item, x, row };
    x += wide + ITEM.between;
    return place;
  });
  return {
    height: (row + 1) * ITEM.line,
    draw(surface, left, top) {
      const write = (text: string, at: number, line: number, colour: string): void => {
        surface.font = font;
        surface.textAlign = 'left';
        surface.textBaseline = 'middle';
        surface.fillStyle = colour;
        surface.fillText(text, left + at, top + (line + 0.5) * ITEM.line);
      };
      if (name !== '') write(name, 0, 0, theme.muted);
      for (const { item, x: at, row: line } of placed) {
        surface.save();
        item.picture(surface, left + at, top + (line + 0.5) * ITEM.line - PICTURE.height / 2);
        surface.restore();
        write(item.text, at + PICTURE.width + ITEM.gap, line, theme.foreground);
      }
    },
  };
}

const RAMP = { width: 240, height: 10, steps: 24 } as const;
/** Between the labels of two ticks, in pixels. */
const TICK_GAP = 6;

/** A scale of colours with its title and ticks. */
export function legendScale(
  { title, diverging, ticks }: { readonly title: string; readonly diverging: boolean; readonly ticks: readonly Tick[] },
  palette: Palette,
  { theme, measure, width }: Sheet,
): Block {
  const font = fontOfSetting({ size: 12 }, theme);
  const beside = measure(title, font) + ITEM.between + RAMP.width + 30 <= width;
  const above = beside ? 0 : ITEM.line;
  return {
    height: above + 34,
    draw(surface, x, y) {
      surface.font = font;
      surface.textBaseline = 'middle';
      surface.textAlign = 'left';
      surface.fillStyle = theme.muted;
      surface.fillText(title, x, y + 8);
      const left = beside ? x + measure(title, font) + ITEM.between : x;
      const top = y + above + 3;
      const step = RAMP.width / RAMP.steps;
      gradientStops(diverging ? palette.diverging : palette.sequential, RAMP.steps).forEach((colour, i) => {
        surface.fillStyle = colour;
        surface.fillRect(left + i * step, top, step + (i < RAMP.steps - 1 ? 0.5 : 0), RAMP.height);
      });
      surface.strokeStyle = theme.border;
      surface.lineWidth = 1;
      surface.strokeRect(left, top, RAMP.width, RAMP.height);
      surface.font = fontOfSetting({ size: 11 }, theme);
      surface.fillStyle = theme.muted;
      let free = -Infinity;
      const ends = RAMP.width - surface.measureText(ticks.at(-1)?.label ?? '').width;
      ticks.forEach(({ at, label }, i) => {
        const wide = surface.measureText(label).width;
        const [first, last] = [i === 0, i === ticks.length - 1];
        const from = at * RAMP.width - (first ? 0 : last ? wide : wide / 2);
        // A label gives way to the one before it, and to the last.
        if (!last && (from < free + TICK_GAP || (!first && from + wide > ends - TICK_GAP))) return;
        free = from + wide;
        surface.textAlign = first ? 'left' : last ? 'right' : 'center';
        surface.fillText(label, left + at * RAMP.width, top + RAMP.height + 9);
      });
    },
  };
}

/** Blocks one under the other. @param gap between two of them, in pixels */
export function stacked(blocks: readonly Block[], gap: number): Block {
  return {
    height: blocks.reduce((sum, { height }) => sum + height, 0) + gap * Math.max(0, blocks.length - 1),
    draw(surface, x, y) {
      let at = y;
      for (const block of blocks) {
        block.draw(surface, x, at);
        at += block.height + gap;
      }
    },
  };
}
