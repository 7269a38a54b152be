/** Reads a small SVG of the page as plain shapes, in the colours that its styles give them. */
import type { Figure, Shape, ShapePaint } from '../format/passage';

/** @param svg of lines, discs, boxes and texts, without transforms but for a text that is written upwards */
export function readFigure(svg: SVGSVGElement): Figure {
  const { width, height } = svg.viewBox.baseVal;
  return { width, height, shapes: [...svg.querySelectorAll('line, polyline, circle, rect, text')].flatMap(shapeOf) };
}

function shapeOf(of: Element): readonly Shape[] {
  const style = getComputedStyle(of);
  const paint: ShapePaint = {
    fill: style.fill === 'none' ? null : style.fill,
    stroke: style.stroke === 'none' ? null : style.stroke,
    lineWidth: parseFloat(style.strokeWidth) || 1,
    dash: style.strokeDasharray === 'none' ? [] : style.strokeDasharray.split(/[\s,]+/).map(parseFloat),
    opacity: Number(style.opacity) * (style.fill === 'none' ? 1 : Number(style.fillOpacity)),
  };
  const at = (name: string): number => Number(of.getAttribute(name) ?? 0);
  switch (of.localName) {
    case 'line':
      return [
        {
          kind: 'line',
          points: [
            [at('x1'), at('y1')],
            [at('x2'), at('y2')],
          ],
          paint: { ...paint, fill: null },
        },
      ];
    case 'polyline': {
      const points = (of.getAttribute('points') ?? '').trim().split(/\s+/);
      return [{ kind: 'line', points: points.map((point) => pairOf(point)), paint }];
    }
    case 'circle':
      return [{ kind: 'disc', x: at('cx'), y: at('cy'), radius: at('r'), paint }];
    case 'rect':
      return [{ kind: 'box', x: at('x'), y: at('y'), width: at('width'), height: at('height'), paint }];
    case 'text': {
      const text = (of.textContent ?? '').trim();
      const [, x, y] = /^translate\((\S+)[\s,](\S+)\) rotate\(-90\)$/.exec(of.getAttribute('transform') ?? '') ?? [];
      const align = { start: 'left', middle: 'center', end: 'right' } as const;
      return text === ''
        ? []
        : [
            {
              kind: 'text',
              text,
              x: x === undefined ? at('x') : Number(x),
              y: y === undefined ? at('y') : Number(y),
              upwards: x !== undefined,
              align: align[style.textAnchor as keyof typeof align] ?? 'left',
              size: parseFloat(style.fontSize),
              paint: { ...paint, stroke: null },
            },
          ];
    }
    default:
      return [];
  }
}

function pairOf(point: string): readonly [number, number] {
  const [x = 0, y = 0] = point.split(',').map(Number);
  return [x, y];
}
