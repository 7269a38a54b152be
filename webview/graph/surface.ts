/** What painters draw on: a canvas of the page, or the writer of a drawing, which works where there is no page. */
import type { Outline } from './outline';

type Canvas = CanvasRenderingContext2D;

/** The part of a canvas that painters may use. What is added here, a writer of drawings must be able to write. */
export interface Surface extends Pick<
  Canvas,
  | 'fillStyle'
  | 'strokeStyle'
  | 'globalAlpha'
  | 'lineWidth'
  | 'lineJoin'
  | 'font'
  | 'textAlign'
  | 'textBaseline'
  | 'save'
  | 'restore'
  | 'beginPath'
  | 'closePath'
  | 'moveTo'
  | 'lineTo'
  | 'fillRect'
  | 'strokeRect'
> {
  rect(x: number, y: number, width: number, height: number): void;
  /** Part of a circle, clockwise. */
  arc(x: number, y: number, radius: number, from: number, to: number): void;
  /** A curve with one control point. */
  quadraticCurveTo(controlX: number, controlY: number, x: number, y: number): void;
  /** A curve with two control points. */
  bezierCurveTo(control1X: number, control1Y: number, control2X: number, control2Y: number, x: number, y: number): void;
  setLineDash(segments: number[]): void;
  /* oxlint-disable typescript/unified-signatures -- a canvas has two signatures, and no optional first parameter fits both */
  fill(): void;
  fill(outline: Outline): void;
  stroke(): void;
  stroke(outline: Outline): void;
  /* oxlint-enable typescript/unified-signatures */
  clip(outline: Outline): void;
  fillText(text: string, x: number, y: number): void;
  strokeText(text: string, x: number, y: number): void;
  measureText(text: string): { readonly width: number };
}
