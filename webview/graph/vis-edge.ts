/** Edges as vis-network takes them. */
import type { Edge } from 'vis-network/esnext';
import type { EdgeKind, FlowEdge } from '#core/format/flow-graph';
import { parseColour } from '../lib/colour/colour';
import { edgeStyle, type EdgeStyle, type HeaviestByKind } from '../lib/colour/edge-style';
import { PALETTES } from '../lib/colour/palettes';
import type { Theme } from '../lib/theme/theme';

/** The vis node at which the edges of a node leave; they arrive at the one that has the node's own id. */
export const rightPort = (id: string): string => `${id} →`;

/** Dashes of negative edges, in graph units. */
export const DASHES: readonly [number, number] = [8, 5];

/** The look of every edge, by id. */
export function edgeStyles(edges: readonly FlowEdge[], heaviest: HeaviestByKind, theme: Theme): Map<string, EdgeStyle> {
  const colours = PALETTES[theme.kind].edges;
  return new Map(edges.map((edge) => [edge.id, edgeStyle(edge, heaviest, colours)]));
}

/** The vis nodes at the ends of a piece of an edge with corners. */
export const wireEnd = (id: string, piece: number, end: 'from' | 'to'): string => `${id} ${piece} ${end}`;

/**
 * One edge with its look; hidden with its kind.
 *
 * @param pieces how many an edge with corners has; null: it goes straight from box to box
 */
export function visEdge(
  edge: FlowEdge,
  pieces: number | null,
  styles: ReadonlyMap<string, EdgeStyle>,
  hiddenKinds: readonly EdgeKind[],
): Edge[] {
  const hidden = hiddenKinds.includes(edge.kind);
  const ends =
    pieces === null
      ? [{ id: edge.id, from: rightPort(edge.from), to: edge.to, hidden }]
      : Array.from({ length: pieces }, (_, i) => ({
          id: `${edge.id} ${i}`,
          from: wireEnd(edge.id, i, 'from'),
          to: wireEnd(edge.id, i, 'to'),
          hidden,
        }));
  const style = styles.get(edge.id);
  if (style === undefined) return ends;
  const { r, g, b } = parseColour(style.colour) ?? { r: 0.5, g: 0.5, b: 0.5 };
  const colour = `rgba(${[r, g, b].map((c) => Math.round(c * 255)).join(',')},${style.opacity.toFixed(3)})`;
  const look = { width: style.width, color: { color: colour, inherit: false }, dashes: style.dashed ? [...DASHES] : false } as const;
  return ends.map((piece) => ({ ...piece, ...look, dashes: style.dashed ? [...DASHES] : false }));
}
