/** Outlines of nodes: the role of a node is told by its shape as well as by its colours. */
import * as l10n from '@vscode/l10n';
import { NODE_KINDS, type NodeKind, type NodeRole } from '#core/format/node-kinds';
import { assertNever } from '#core/problem';
import { OutlineWriter, type Outline } from './outline';

export type Shape = 'bar' | 'hexagon' | 'asks' | 'offers' | 'box' | 'pill' | 'slant' | 'dot';

/** What each shape stands for, as the legend says it. */
export const SHAPE_NAMES: readonly (readonly [Shape, string])[] = [
  ['bar', l10n.t('stream')],
  ['hexagon', l10n.t('norm')],
  ['asks', l10n.t('query')],
  ['offers', l10n.t('key')],
  ['box', l10n.t('value, neuron')],
  ['pill', l10n.t('output')],
  ['slant', l10n.t('bias, adapter')],
];

const SHAPES: Readonly<Record<NodeRole, Shape>> = {
  embedding: 'bar',
  stream: 'bar',
  norm: 'hexagon',
  query: 'asks',
  key: 'offers',
  value: 'box',
  rest: 'box',
  patch: 'box',
  output: 'pill',
  bias: 'slant',
  update: 'slant',
  junction: 'dot',
};

/** The shape of a kind of node. */
export function shapeOf(kind: NodeKind): Shape {
  return SHAPES[NODE_KINDS[kind].role];
}

/** Rest nodes gather what is not drawn: they are drawn dashed and hatched. */
export function isRest(kind: NodeKind): boolean {
  return NODE_KINDS[kind].role === 'rest';
}

/** Teeth of a torn edge, and how deep they cut, as a part of the height. */
const TORN = { teeth: 3, depth: 0.28 } as const;

/** A box that is torn on one side: what belongs there is in the other graph, or nowhere. */
export function tornOutline(side: 'left' | 'right', x: number, y: number, width: number, height: number): Outline {
  const path = new OutlineWriter();
  const outward = side === 'right' ? 1 : -1;
  const [whole, torn, top] = [x - (outward * width) / 2, x + (outward * width) / 2, y - height / 2];
  path.moveTo(whole, top);
  path.lineTo(torn, top);
  for (let tooth = 1; tooth <= 2 * TORN.teeth; tooth++) {
    path.lineTo(torn - (tooth % 2 === 1 ? outward * height * TORN.depth : 0), top + (height * tooth) / (2 * TORN.teeth));
  }
  path.lineTo(whole, top + height);
  path.closePath();
  return path.outline();
}

/** The outline of a shape in a box around `x`, `y`. */
export function outline(shape: Shape, x: number, y: number, width: number, height: number): Outline {
  const path = new OutlineWriter();
  const [left, right, top, bottom] = [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
  const point = Math.min(height * 0.36, width / 4);
  const polygon = (...points: readonly (readonly [number, number])[]): void => {
    points.forEach(([px, py], i) => (i === 0 ? path.moveTo(px, py) : path.lineTo(px, py)));
    path.closePath();
  };
  switch (shape) {
    case 'bar':
      path.rect(left, top, width, height);
      break;
    case 'box':
      path.roundRect(left, top, width, height, height / 6);
      break;
    case 'pill':
      path.roundRect(left, top, width, height, height / 2);
      break;
    case 'dot':
      path.ellipse(x, y, width / 2, height / 2);
      break;
    case 'hexagon':
      polygon([left + point, top], [right - point, top], [right, y], [right - point, bottom], [left + point, bottom], [left, y]);
      break;
    case 'asks':
      polygon([left, top], [right - point, top], [right, y], [right - point, bottom], [left, bottom]);
      break;
    case 'offers':
      polygon([left, top], [right, top], [right, bottom], [left, bottom], [left + point, y]);
      break;
    case 'slant':
      polygon([left + point, top], [right, top], [right - point, bottom], [left, bottom]);
      break;
    default:
      assertNever(shape);
  }
  return path.outline();
}
