/**
 * How edges look: width grows with the square root of the weight, on a scale of its own for each kind; colour and dashes
 * tell what flows.
 */
import type { EdgeKind, FlowEdge } from '#core/format/flow-graph';
import type { EdgeColours } from './palettes';

/** Width of the heaviest edge of a kind, and of the lightest, in drawing units. */
export const EDGE_WIDTH = { most: 6, least: 1 } as const;

export interface EdgeStyle {
  readonly width: number;
  readonly colour: string;
  readonly opacity: number;
  readonly dashed: boolean;
}

/** Heaviest weight of each kind in a graph: the legend states it. */
export type HeaviestByKind = ReadonlyMap<EdgeKind, number>;

export function heaviestByKind(edges: readonly FlowEdge[]): HeaviestByKind {
  const heaviest = new Map<EdgeKind, number>();
  for (const { kind, weight } of edges) heaviest.set(kind, Math.max(heaviest.get(kind) ?? 0, weight));
  return heaviest;
}

/** Opacity at rest. Low, because edges are many and are drawn under the nodes. */
const OPACITY: Readonly<Record<EdgeKind, number>> = {
  residual: 0.55,
  norm: 0.5,
  attention: 0.5,
  contribution: 0.45,
  coefficient: 0.45,
};

/** Look of an edge at rest. Edges of a head fade with the attention probability. */
export function edgeStyle(edge: FlowEdge, heaviest: HeaviestByKind, colours: EdgeColours): EdgeStyle {
  const most = heaviest.get(edge.kind) ?? 0;
  const width = most > 0 ? Math.max(EDGE_WIDTH.least, Math.sqrt(edge.weight / most) * EDGE_WIDTH.most) : EDGE_WIDTH.least;
  if (edge.attention !== undefined) {
    return { width, colour: colours.attention, opacity: 0.18 + 0.67 * edge.attention, dashed: false };
  }
  const opacity = OPACITY[edge.kind];
  switch (edge.kind) {
    case 'residual':
      return { width, colour: colours.residual, opacity, dashed: false };
    case 'norm':
      return { width, colour: colours.norm, opacity, dashed: false };
    case 'attention':
      return { width, colour: colours.attention, opacity, dashed: false };
    case 'contribution':
    case 'coefficient':
      return edge.sign < 0
        ? { width, colour: colours.negative, opacity, dashed: true }
        : { width, colour: colours.positive, opacity, dashed: false };
  }
}
