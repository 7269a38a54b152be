/** How one node looks: decided once for each graph, scale and theme, so that a frame only paints. */
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import { NODE_KINDS } from '#core/format/node-kinds';
import type { PlacedNode } from '#core/present/layout';
import { assertNever } from '#core/problem';
import { showToken } from '#core/text/token-text';
import { formatCount } from '../lib/format/number';
import { labelOf } from '../lib/format/label';
import { mix, parseColour, readableOn, toHex } from '../lib/colour/colour';
import { familyOf, PALETTES, sample } from '../lib/colour/palettes';
import type { Scale } from '../lib/colour/scales';
import type { Theme } from '../lib/theme/theme';
import type { Outline } from './outline';
import { isRest, outline, shapeOf } from './shapes';

export interface NodePaint {
  readonly place: PlacedNode;
  readonly path: Outline;
  readonly fill: string;
  readonly text: string;
  readonly stripe: string;
  readonly rest: boolean;
  readonly junction: boolean;
  readonly strong: boolean;
  /** small text at the left: head, neuron or source token; empty for none */
  readonly tag: string;
  /** a source token may be cut, a number not */
  readonly tagMayShrink: boolean;
  readonly label: string;
  /** a bar at the right end, `part` (0…1) of its greatest width: how much the node differs from its twin */
  readonly mark?: { readonly part: number; readonly colour: string };
}

/** Sizes inside a node, in graph units. A tag may take what its label leaves, within bounds. */
export const NODE = { font: 14, tagFont: 11, stripe: 4, padding: 5, tagLeast: 30, tagMost: 60, mark: 14 } as const;

/** The look of a node. */
export function paintNode(node: FlowNode, place: PlacedNode, graph: FlowGraph, scale: Scale, theme: Theme): NodePaint {
  const palette = PALETTES[theme.kind];
  const at = node.norm === 0 ? null : scale.place(node); // a vector of zeros reads as nothing
  const plain = parseColour(theme.panel) ?? { r: 0.5, g: 0.5, b: 0.5 };
  const fill = at === null ? plain : sample(scale.diverging ? palette.diverging : palette.sequential, at);
  const { role, group, tag } = NODE_KINDS[node.kind];
  const shape = shapeOf(node.kind);
  const junction = shape === 'dot';
  return {
    place,
    path: outline(shape, place.x, place.y, place.width, place.height),
    fill: junction ? palette.families.attention : toHex(fill),
    text: readableOn(fill),
    stripe: palette.families[familyOf(node.kind)],
    rest: isRest(node.kind),
    junction,
    strong: shape === 'bar' || (role === 'output' && group === undefined),
    tag: junction ? '' : tagOf(node, graph),
    tagMayShrink: tag === 'source',
    label: labelOf(node),
  };
}

/** What tells a node from its neighbours in the column. */
function tagOf(node: FlowNode, graph: FlowGraph): string {
  const { tag } = NODE_KINDS[node.kind];
  switch (tag) {
    case undefined:
      return '';
    case 'head':
      return `h${node.head ?? ''}`;
    case 'source': {
      const source = node.source === undefined ? undefined : graph.tokens[node.source];
      return source === undefined ? '' : showToken(source);
    }
    case 'neuron':
      return String(node.neuron ?? '');
    case 'count':
      return `+${formatCount(node.count ?? 0)}`;
    case 'bias':
      return 'b';
    case 'approximateBias':
      return '≈b';
    default:
      return assertNever(tag);
  }
}

/** Text cut to a width, with an ellipsis where something is missing. */
export function clip(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  const characters = Array.from(text);
  let low = 0;
  let high = characters.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${characters.slice(0, middle).join('')}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? '' : `${characters.slice(0, low).join('')}…`;
}

/** A line of this colour that is seen against the fill without outshining the text. */
export function faint(colour: string, fill: string, part: number): string {
  const [one, other] = [parseColour(colour), parseColour(fill)];
  return one && other ? toHex(mix(other, one, part)) : colour;
}
