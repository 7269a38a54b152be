/** What a canvas remembers between its strokes, for surfaces that are none. */
import type { Surface } from '../graph/surface';

/** See the head of this file; everything begins as on a new canvas. */
export class CanvasState {
  fillStyle: Surface['fillStyle'] = '#000000';
  strokeStyle: Surface['strokeStyle'] = '#000000';
  globalAlpha = 1;
  lineWidth = 1;
  lineJoin: CanvasLineJoin = 'miter';
  font = '10px sans-serif';
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';
  protected dash: readonly number[] = [];
  /** id of the clip path; null: none */
  protected clipId: string | null = null;
  readonly #saved: (() => void)[] = [];

  /** Keeps all of it until `restore`. */
  save(): void {
    const { fillStyle, strokeStyle, globalAlpha, lineWidth, lineJoin, font, textAlign, textBaseline, dash, clipId } = this;
    const kept = { fillStyle, strokeStyle, globalAlpha, lineWidth, lineJoin, font, textAlign, textBaseline, dash, clipId };
    this.#saved.push(() => {
      Object.assign(this, kept);
    });
  }

  /** Goes back to what was last kept, if anything was. */
  restore(): void {
    this.#saved.pop()?.();
  }

  setLineDash(segments: number[]): void {
    this.dash = [...segments];
  }
}
