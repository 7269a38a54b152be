/** A picture as PNG, drawn on a canvas of the page. */
import * as l10n from '@vscode/l10n';
import type { Group, MeasureFont, Picture, PictureSurface } from './picture';

/** Pixels of the image for each of the picture, where a canvas can be as large as that. */
const SHARPNESS = 2;
/** What browsers can allocate for one canvas. */
const MOST = { side: 16_000, area: 120_000_000 } as const;

/** How many pixels of an image stand for one of a picture. */
export function sharpnessFor({ width, height }: Pick<Picture, 'width' | 'height'>): number {
  return Math.min(SHARPNESS, MOST.side / width, MOST.side / height, Math.sqrt(MOST.area / (width * height)));
}

const TOO_LARGE = l10n.t('The image is too large to be drawn. Export SVG instead.');

/** Widths of texts as this page draws them. */
export function canvasMeasure(): MeasureFont {
  const context = document.createElement('canvas').getContext('2d');
  return (text, font) => {
    if (context === null) return text.length * 8;
    context.font = font;
    return context.measureText(text).width;
  };
}

/** The image in base 64. @throws Error where the browser has no room for it */
export function pngOf(picture: Picture): string {
  const [kind, data] = canvasOf(picture).toDataURL('image/png').split(',');
  if (kind !== 'data:image/png;base64' || !data) throw new Error(TOO_LARGE);
  return data;
}

/** Puts the image on the clipboard, as a button that is pressed may. Rejects where the browser refuses it, or has no room for the image. */
export async function copyPng(picture: Picture): Promise<void> {
  const image = new Promise<Blob>((resolve, reject) => {
    canvasOf(picture).toBlob((blob) => (blob === null ? reject(new Error(TOO_LARGE)) : resolve(blob)), 'image/png');
  });
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': image })]);
}

/** @throws Error where the browser has no room for it */
function canvasOf(picture: Picture): HTMLCanvasElement {
  const { width, height, theme } = picture;
  const sharpness = sharpnessFor(picture);
  const canvas = document.createElement('canvas');
  canvas.width = Math.round(width * sharpness);
  canvas.height = Math.round(height * sharpness);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error(TOO_LARGE);
  context.scale(sharpness, sharpness);
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  const surface: PictureSurface = Object.assign(context, {
    group: ({ x = 0, y = 0, upwards = false }: Group, draw: () => void): void => {
      context.save();
      context.translate(x, y);
      if (upwards) context.rotate(-Math.PI / 2);
      draw();
      context.restore();
    },
  });
  picture.draw(surface);
  return canvas;
}
