/** Pictures in legends, drawn as the canvas draws. */
import type { EdgeKind } from '#core/format/flow-graph';
import { outline, type Shape } from '../graph/shapes';
import type { EdgeColours } from '../lib/colour/palettes';
import { element } from '../lib/dom/element';

/** Size of a legend's pictures. */
export const PICTURE = { width: 26, height: 12, ratio: 2 } as const;

/** A picture in a legend, drawn as the canvas draws. */
export function legendPicture(draw: (ctx: CanvasRenderingContext2D) => void): HTMLCanvasElement {
  const canvas = element('canvas', {
    class: 'legend-picture',
    attributes: { width: PICTURE.width * PICTURE.ratio, height: PICTURE.height * PICTURE.ratio, 'aria-hidden': 'true' },
  });
  const ctx = canvas.getContext('2d');
  if (ctx !== null) {
    ctx.scale(PICTURE.ratio, PICTURE.ratio);
    draw(ctx);
  }
  return canvas;
}

/** A shape as the drawing has it, in little. */
export function shapePicture(shape: Shape, colour: string, rest: boolean): HTMLCanvasElement {
  return legendPicture((ctx) => {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1.25;
    if (rest) ctx.setLineDash([3, 2]);
    ctx.stroke(outline(shape, PICTURE.width / 2, PICTURE.height / 2, PICTURE.width - 2, PICTURE.height - 2));
  });
}

/** A box with the second outline of always-active neurons, in little. */
export function alwaysPicture(colour: string): HTMLCanvasElement {
  return legendPicture((ctx) => {
    ctx.strokeStyle = colour;
    for (const inset of [1, 3.5])
      ctx.stroke(outline('box', PICTURE.width / 2, PICTURE.height / 2, PICTURE.width - 2 * inset, PICTURE.height - 2 * inset));
  });
}

/** A line as the drawing has it. Signed kinds show both signs, attention shows how it fades. */
export function edgePicture(kind: EdgeKind, colours: EdgeColours): HTMLCanvasElement {
  return legendPicture((ctx) => {
    const line = (colour: string, y: number, dashed: boolean): void => {
      ctx.strokeStyle = colour;
      ctx.setLineDash(dashed ? [4, 3] : []);
      ctx.beginPath();
      ctx.moveTo(0, y);
      ctx.lineTo(PICTURE.width, y);
      ctx.stroke();
    };
    const middle = PICTURE.height / 2;
    ctx.lineWidth = 3;
    switch (kind) {
      case 'residual':
        return line(colours.residual, middle, false);
      case 'norm':
        return line(colours.norm, middle, false);
      case 'attention': {
        const fade = ctx.createLinearGradient(0, 0, PICTURE.width, 0);
        fade.addColorStop(0, `${colours.attention}30`);
        fade.addColorStop(1, colours.attention);
        ctx.fillStyle = fade;
        ctx.fillRect(0, middle - 1.5, PICTURE.width, 3);
        return;
      }
      case 'contribution':
      case 'coefficient':
        ctx.lineWidth = 2;
        line(colours.positive, middle - 3, false);
        line(colours.negative, middle + 3, true);
        return;
    }
  });
}
