/** How one node looks: decided once for each graph, scale and theme, so that a frame only paints. */
import { placeOf } from '#core/build/stream-place';
import type { FlowGraph, FlowNode } from '#core/format/flow-graph';
import { NODE_KINDS } from '#core/format/node-kinds';
import type { PlacedNode } from '#core/present/layout';
import { isFaint } from '#core/present/lens-words';
import { assertNever } from '#core/problem';
import { showToken } from '#core/text/token-text';
import { formatCount } from '../lib/format/number';
import { labelOf } from '../lib/format/label';
import { mix, parseColour, readableOn, toHex } from '../lib/colour/colour';
import { familyOf, PALETTES, sample } from '../lib/colour/palettes';
import { scaleFor, type Scale } from '../lib/colour/scales';
import type { Theme } from '../lib/theme/theme';
import type { Outline } from './outline';
import type { RowText } from './row-text';
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
  /** what it says, says next to nothing of the model: it is read where the lens hardly ever agrees with it */
  readonly doubtful: boolean;
  /** small text at the left: head, neuron or source token; empty for none */
  readonly tag: string;
  /** a source token may be cut, a number not */
  readonly tagMayShrink: boolean;
  readonly label: string;
  /** what is written instead of tag and label where the node has a row of its own */
  readonly row?: RowText;
  /** a bar at the right end, `part` (0…1) of its greatest width: how much the node differs from its twin */
  readonly mark?: { readonly part: number; readonly colour: string };
}

/** Text smaller than this many pixels is not written: nodes are then drawn as groups with one label. */
export const LEAST_TEXT = 11;

/** Sizes of label and tag in a box, in graph units. */
export interface TextSizes {
  readonly label: number;
  readonly tag: number;
}

/**
 * How large the texts of a box are at a scale (pixels per graph unit): as they are made, and larger where they would be too small on the
 * screen; null where the box cannot hold such a text.
 */
export function textSizes(height: number, scale: number, isRow = false): TextSizes | null {
  const least = LEAST_TEXT / scale;
  // Half a unit of leading above and below: letters are higher than their size says.
  if (least > (isRow ? height - 3 : height - 5) + 1e-6) return null;
  const [label, tag] = isRow ? [height >= 19 ? 12 : LEAST_TEXT, LEAST_TEXT] : [NODE.font, NODE.tagFont];
  return { label: Math.max(label, least), tag: Math.max(tag, least) };
}

/** Sizes inside a node, in graph units. A tag may take what its label leaves, within bounds. */
export const NODE = { font: 14, tagFont: 11, stripe: 4, padding: 5, tagLeast: 30, tagMost: 60, mark: 14 } as const;

/** The look of a node. Outline and label are made when they are first drawn: a box that is a mere area of its colour has neither. */
export function paintNode(node: FlowNode, place: PlacedNode, graph: FlowGraph, scale: Scale, theme: Theme): NodePaint {
  const palette = PALETTES[theme.kind];
  const own = scaleFor(node.kind, scale);
  const at = node.norm === 0 ? null : own.place(node); // a vector of zeros reads as nothing
  const plain = parseColour(theme.panel) ?? { r: 0.5, g: 0.5, b: 0.5 };
  const fill = at === null ? plain : sample(own.diverging ? palette.diverging : palette.sequential, at);
  const { role, group, tag } = NODE_KINDS[node.kind];
  const shape = shapeOf(node.kind);
  const junction = shape === 'dot';
  let path: Outline | undefined;
  let label: string | undefined;
  return {
    place,
    get path() {
      return (path ??= outline(shape, place.x, place.y, place.width, place.height));
    },
    fill: junction ? palette.families[familyOf(node.kind)] : toHex(fill),
    text: readableOn(fill),
    stripe: palette.families[familyOf(node.kind)],
    rest: isRest(node.kind),
    junction,
    strong: shape === 'bar' || (role === 'output' && group === undefined),
    doubtful: isFaint(graph.model, placeOf(node.kind, node.layer).border),
    tag: junction ? '' : tagOf(node, graph),
    tagMayShrink: tag === 'source',
    get label() {
      return (label ??= labelOf(node));
    },
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
    case 'expert':
      return node.expert === 'shared' ? 'e∗' : `e${node.expert ?? ''}`;
    case 'count':
      return `+${formatCount(node.count ?? 0)}`;
    case 'bias':
      return 'b';
    case 'adapter':
      return 'Δ';
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
