/** Draws a small drawing of the page again, on whatever it is drawn on. */
import { assertNever } from '#core/problem';
import type { Figure, Shape, ShapePaint } from '../lib/format/passage';
import type { Theme } from '../lib/theme/theme';
import type { PictureSurface } from './picture';

/** @param at its top left corner, and pixels for each of its units */
export function drawFigure(
  surface: PictureSurface,
  { shapes }: Figure,
  { x, y, scale }: { readonly x: number; readonly y: number; readonly scale: number },
  theme: Theme,
): void {
  surface.group({ x, y }, () => {
    for (const shape of shapes) drawShape(surface, shape, scale, theme);
  });
}

function drawShape(surface: PictureSurface, shape: Shape, scale: number, theme: Theme): void {
  const { paint } = shape;
  surface.save();
  surface.globalAlpha = paint.opacity;
  surface.lineWidth = paint.lineWidth * scale;
  surface.setLineDash(paint.dash.map((length) => length * scale));
  surface.beginPath();
  switch (shape.kind) {
    case 'line':
      shape.points.forEach(([x, y], i) => (i === 0 ? surface.moveTo(x * scale, y * scale) : surface.lineTo(x * scale, y * scale)));
      inked(surface, { ...paint, fill: null });
      break;
    case 'disc':
      surface.arc(shape.x * scale, shape.y * scale, shape.radius * scale, 0, 2 * Math.PI);
      inked(surface, paint);
      break;
    case 'box':
      surface.rect(shape.x * scale, shape.y * scale, shape.width * scale, shape.height * scale);
      inked(surface, paint);
      break;
    case 'text':
      surface.font = `${shape.size * scale}px ${theme.font}`;
      surface.textBaseline = 'alphabetic';
      surface.textAlign = shape.align;
      surface.fillStyle = paint.fill ?? theme.muted;
      surface.group({ x: shape.x * scale, y: shape.y * scale, upwards: shape.upwards }, () => surface.fillText(shape.text, 0, 0));
      break;
    default:
      assertNever(shape);
  }
  surface.restore();
}

function inked(surface: PictureSurface, { fill, stroke }: ShapePaint): void {
  if (fill !== null) {
    surface.fillStyle = fill;
    surface.fill();
  }
  if (stroke !== null) {
    surface.strokeStyle = stroke;
    surface.stroke();
  }
}
