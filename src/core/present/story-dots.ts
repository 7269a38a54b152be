/** The reads on a story's map: dots, and what is written beside them. */
import * as l10n from '@vscode/l10n';
import { headsOf } from '../insight/read-heads';
import type { StoryHead, StoryRead } from '../insight/story';
import { signedText } from './figures-in-words';
import { writtenLabel, type AnyRead } from './mapped-story';
import type { StoryColumn } from './story-columns';

/** What a text takes, in pixels. */
export type MeasureText = (text: string, font: StoryFont) => number;

/** Fonts of the map. Nothing is smaller than 11 px. */
export const STORY_FONTS = {
  token: { size: 12, mono: true, bold: true },
  figure: { size: 11, mono: false, bold: false },
  stream: { size: 12, mono: true, bold: false },
} as const;
/** Name of a font. */
export type StoryFont = keyof typeof STORY_FONTS;

/** A read that is drawn. */
export interface StoryDot<Read extends AnyRead = StoryRead> {
  readonly read: Read;
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** width of its stroke to the stream */
  readonly stroke: number;
  /** null: there is no room, or it is not labelled */
  readonly label: StoryLabel | null;
}

/** What is written beside a dot: the token, then the figure in another font; the figure alone where there is room for no more. */
export interface StoryLabel {
  readonly x: number;
  readonly token: string;
  readonly figure: string;
  /** from where on the figure is written */
  readonly tokenWidth: number;
  readonly width: number;
}

/** A read is labelled from this part of the strongest one’s |share| on: the others are for those who look closely. */
const LABELLED = 0.1;
const RADIUS = { least: 3, most: 8 } as const;
const STROKE = { least: 1, most: 5 } as const;
/** Where there is room for dots and their labels. */
export interface DotPlaces {
  /** top of a layer's row */
  readonly top: (layer: number) => number;
  readonly rowHeight: number;
  /** from where on labels would lie */
  readonly start: number;
  /** where they must have ended */
  readonly end: number;
}

/** The dots of these reads, in their order. */
export function dotsOf<Read extends AnyRead>(
  reads: readonly Read[],
  columns: readonly StoryColumn[],
  places: DotPlaces,
  measure: MeasureText,
): StoryDot<Read>[] {
  const { top, rowHeight, start, end } = places;
  const most = Math.abs(reads[0]?.share ?? 1);
  const largest = Math.min(RADIUS.most, rowHeight / 2 - 1.5);
  const bare = reads.map((read) => {
    const column = columns.find(({ first, last }) => first <= read.source && read.source <= last);
    // Area grows with the share.
    const part = Math.sqrt(Math.abs(read.share) / most);
    return {
      read,
      x: column?.x ?? 0,
      y: top(read.layer) + rowHeight / 2,
      radius: RADIUS.least + (largest - RADIUS.least) * part,
      stroke: Math.min(rowHeight / 3, STROKE.least + (STROKE.most - STROKE.least) * part * part),
    };
  });
  // Places taken in each row, at first by its dots.
  const taken = new Map<number, [number, number][]>();
  for (const { read, x, radius } of bare) taken.set(read.layer, [...(taken.get(read.layer) ?? []), [x - radius - 2, x + radius + 2]]);
  return bare.map((dot) => {
    const row = taken.get(dot.read.layer) ?? [];
    const label = labelOf(dot, row, { start, end, most }, measure);
    if (label) row.push([label.x - 2, label.x + label.width + 4]);
    return { ...dot, label };
  });
}

/** The longest label that has room, at the right of its dot, else at the left; nothing of it overlaps what is taken. */
function labelOf(
  { read, x, radius }: Pick<StoryDot<AnyRead>, 'read' | 'x' | 'radius'>,
  taken: readonly (readonly [number, number])[],
  { start, end, most }: { readonly start: number; readonly end: number; readonly most: number },
  measure: MeasureText,
): StoryLabel | null {
  const written = writtenLabel(read);
  if (written === undefined || Math.abs(read.share) < LABELLED * most) return null;
  const heads = headsOf<Pick<StoryHead, 'head' | 'share'>>(read);
  const share = signedText(read.share);
  const figures =
    heads.length > 2
      ? [l10n.t`${heads.length} heads ${share}`, share, '']
      : [`${heads.map(({ head }) => `h${head}`).join(' ')} ${share}`, share, ''];
  const texts = [...figures.map((figure) => ({ token: written, figure })), { token: '', figure: figures[0] ?? '' }];
  for (const { token, figure } of texts) {
    const tokenWidth = token === '' ? 0 : measure(token, 'token');
    const between = token === '' || figure === '' ? 0 : 4;
    const width = tokenWidth + between + measure(figure, 'figure');
    for (const left of [x + radius + 4, x - radius - 4 - width]) {
      const free = left >= start && left + width <= end - 2 && taken.every(([from, to]) => left + width < from || left > to);
      if (free) return { x: left, token, figure, tokenWidth: tokenWidth + between, width };
    }
  }
  return null;
}
