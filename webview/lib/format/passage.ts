/** What a view of text and tables says, apart from how the page lays it out: what a picture of it is drawn from. */

/** How something is drawn. */
interface Marked {
  /** as CSS; null: that of the text around it */
  readonly colour: string | null;
  /** what is before it, beside blanks of its text: a gap, at which a line may end, or a narrow one at which it may not */
  readonly after: 'nothing' | 'gap' | 'glue';
}

/** Text of one look. */
export interface TextInk extends Marked {
  readonly kind: 'text';
  readonly text: string;
  readonly strong: boolean;
  /** tokens and code: in letters of one width, their blanks kept */
  readonly mono: boolean;
  /** 0…1 */
  readonly opacity: number;
  /** what it stands on, as CSS */
  readonly ground: string | null;
}

/** A bar for a part of something: from its left end, or from its middle to one of both sides. */
export interface BarInk extends Marked {
  readonly kind: 'bar';
  /** 0…1 */
  readonly part: number;
  readonly side: 'whole' | 'left' | 'right';
}

/** A small drawing between words. */
export interface FigureInk extends Marked {
  readonly kind: 'figure';
  readonly figure: Figure;
}

export type Ink = TextInk | BarInk | FigureInk;

/** Lines of ink: a new one where the page has one whatever its width. */
export type Lines = readonly (readonly Ink[])[];

/** A drawing of plain shapes, in its own units. */
export interface Figure {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

/** How a shape is drawn; colours as CSS, null: not at all. */
export interface ShapePaint {
  readonly fill: string | null;
  readonly stroke: string | null;
  readonly lineWidth: number;
  readonly dash: readonly number[];
  readonly opacity: number;
}

export type Shape =
  | { readonly kind: 'line'; readonly points: readonly (readonly [x: number, y: number])[]; readonly paint: ShapePaint }
  | { readonly kind: 'disc'; readonly x: number; readonly y: number; readonly radius: number; readonly paint: ShapePaint }
  | {
      readonly kind: 'box';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly paint: ShapePaint;
    }
  | {
      readonly kind: 'text';
      readonly text: string;
      /** where its baseline is, left of it, in its middle or right of it as `align` says */
      readonly x: number;
      readonly y: number;
      readonly align: 'left' | 'center' | 'right';
      /** written upwards */
      readonly upwards: boolean;
      readonly size: number;
      readonly paint: ShapePaint;
    };

export interface TableCell {
  readonly lines: Lines;
  readonly align: 'left' | 'right';
  /** columns that it takes */
  readonly span: number;
}

export interface TableRow {
  readonly head: boolean;
  /** how deep it is in a tree, from 0 */
  readonly depth: number;
  readonly cells: readonly TableCell[];
}

/** A part of a view, from top to bottom. */
export type Passage =
  | { readonly kind: 'heading'; readonly size: 'large' | 'small'; readonly lines: Lines }
  | { readonly kind: 'text'; readonly lines: Lines }
  | { readonly kind: 'table'; readonly rows: readonly TableRow[] }
  | { readonly kind: 'figure'; readonly figure: Figure; readonly caption: Lines };
