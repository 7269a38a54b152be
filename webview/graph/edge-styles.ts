/** How the edges of a graph look. */
import type { FlowEdge } from '#core/format/flow-graph';
import { edgeStyle, type EdgeStyle, type HeaviestByKind } from '../lib/colour/edge-style';
import { PALETTES } from '../lib/colour/palettes';
import type { Theme } from '../lib/theme/theme';

/** Dashes of negative edges, in graph units. */
export const DASHES: readonly [number, number] = [8, 5];

/** The look of every edge, by id. */
export function edgeStyles(edges: readonly FlowEdge[], heaviest: HeaviestByKind, theme: Theme): Map<string, EdgeStyle> {
  const colours = PALETTES[theme.kind].edges;
  return new Map(edges.map((edge) => [edge.id, edgeStyle(edge, heaviest, colours)]));
}
