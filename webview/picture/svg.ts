/** A picture as SVG. */
import { number } from '../graph/outline';
import type { MeasureFont, Picture } from './picture';
import { SvgSurface } from './svg-surface';
import { attributes, xmlText } from './svg-text';

/** A whole document, with text as text. Works without a page. */
export function svgOf(picture: Picture, measure: MeasureFont): string {
  const { theme, title } = picture;
  const [width, height] = [number(picture.width), number(picture.height)];
  const surface = new SvgSurface(measure, theme.font);
  picture.draw(surface);
  const root = attributes({
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    'font-family': theme.font,
    role: 'img',
    'aria-label': title,
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg${root}>
<title>${xmlText(title)}</title>
<rect width="${width}" height="${height}" fill="${theme.background}"/>
${surface.content()}
</svg>
`;
}
