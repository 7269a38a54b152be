/**
 * Where nodes are drawn. The residual stream runs along the top as a rail; each block's attention and feed-forward hang
 * below it, their stages as columns from left to right. A residual edge therefore never crosses a node.
 *
 * The layout is a pure function of the nodes in their order: the same nodes are drawn at the same places. To lay two
 * graphs side by side, lay out the union of their nodes once.
 */
import type { FlowGraph, FlowNode, NodeKind } from '../format/flow-graph';
import { STAGES } from '../format/node-kinds';
import { nodeId } from '../format/node-id';

/** A node's box in graph units (pixels at zoom 1); `x`, `y` is its centre. */
export interface PlacedNode {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** index into `columns` */
  readonly column: number;
}

/** One stage of one block. */
export interface Column {
  readonly key: string;
  readonly title: string;
  readonly layer: number;
  /** centre */
  readonly x: number;
  readonly width: number;
}

/** The band that a block occupies. */
export interface LayerBand {
  readonly layer: number;
  /** centre */
  readonly x: number;
  readonly width: number;
}

/** All places; the origin is the first column's centre on the rail. */
export interface GraphLayout {
  readonly nodes: ReadonlyMap<string, PlacedNode>;
  readonly columns: readonly Column[];
  readonly layers: readonly LayerBand[];
  readonly width: number;
  readonly height: number;
}

/** Measures of the drawing, in graph units. */
export const LAYOUT = {
  nodeWidth: 100,
  nodeHeight: 24,
  junctionSize: 14,
  /** between boxes of one column */
  rowGap: 6,
  /** between the rows of two heads */
  groupGap: 14,
  /** between columns: room for edges to fan out */
  columnGap: 40,
  /** between the rail and the stages below it */
  railGap: 52,
} as const;

const STAGE_OF = new Map<NodeKind, number>(STAGES.flatMap((stage, i) => stage.kinds.map((kind) => [kind, i] as const)));
const ON_RAIL: ReadonlySet<NodeKind> = new Set(['embed', 'resid_pre', 'resid_mid', 'resid_post']);
/** Whether a node is drawn on the rail: the stream, and a norm that stands on it (see `InspectablePass.streamNormed`). */
const isOnRail = ({ kind, id, layer }: FlowNode): boolean => ON_RAIL.has(kind) || (kind === 'ln2' && id === nodeId.ln1(layer));
/** Kinds that are placed head by head, so that a head reads as one horizontal group. */
const IN_HEAD_GROUPS: ReadonlySet<NodeKind> = new Set([
  'head_query',
  'head_key',
  'head_value',
  'head_rest',
  'head_patch',
  'head_out',
  'heads_rest',
]);

const rowHeight = LAYOUT.nodeHeight + LAYOUT.rowGap;

/** Row offsets of nodes from the centre line of their column, keyed by id. */
type Offsets = Map<string, number>;

/** Lays out a graph. Deterministic; linear in the number of nodes. */
export function layoutGraph(graph: Pick<FlowGraph, 'nodes'>): GraphLayout {
  const byLayer = new Map<number, FlowNode[]>();
  for (const node of graph.nodes) {
    const layer = byLayer.get(node.layer);
    if (layer) layer.push(node);
    else byLayer.set(node.layer, [node]);
  }
  const offsets: Offsets = new Map();
  for (const nodes of byLayer.values()) placeRows(nodes, offsets);
  const half = Math.max(0, ...Array.from(offsets.values(), Math.abs)) + LAYOUT.nodeHeight / 2;
  const centre = LAYOUT.nodeHeight / 2 + LAYOUT.railGap + half;

  const columns: Column[] = [];
  const layers: LayerBand[] = [];
  const placed = new Map<string, PlacedNode>();
  let left = -LAYOUT.nodeWidth / 2;
  const addColumn = (key: string, title: string, layer: number, nodes: readonly FlowNode[]): void => {
    if (nodes.length === 0) return;
    const width = nodes.every((n) => n.kind === 'concat') ? LAYOUT.junctionSize : LAYOUT.nodeWidth;
    const x = left + width / 2;
    for (const node of nodes) {
      const y = isOnRail(node) ? 0 : node.kind === 'pos_embed' ? rowHeight : centre + (offsets.get(node.id) ?? 0);
      const height = node.kind === 'concat' ? LAYOUT.junctionSize : LAYOUT.nodeHeight;
      placed.set(node.id, { id: node.id, x, y, width, height, column: columns.length });
    }
    columns.push({ key, title, layer, x, width });
    left += width + LAYOUT.columnGap;
  };

  for (const [layer, nodes] of [...byLayer].sort(([a], [b]) => a - b)) {
    const start = left;
    addColumn(
      `${layer}.embed`,
      'Embeddings',
      layer,
      nodes.filter((n) => n.kind === 'embed' || n.kind === 'pos_embed'),
    );
    addColumn(
      `${layer}.resid_pre`,
      'Into layer',
      layer,
      nodes.filter((n) => n.kind === 'resid_pre'),
    );
    STAGES.forEach((stage, i) => {
      addColumn(
        `${layer}.${stage.kinds[0]}`,
        stage.title,
        layer,
        nodes.filter((n) => STAGE_OF.get(n.kind) === i),
      );
    });
    if (layer >= 0) layers.push({ layer, x: (start + left - LAYOUT.columnGap) / 2, width: left - LAYOUT.columnGap - start });
  }
  return {
    nodes: placed,
    columns,
    layers,
    width: left - LAYOUT.columnGap + LAYOUT.nodeWidth / 2,
    height: centre + half + LAYOUT.nodeHeight / 2,
  };
}

/** Gives the nodes of one block their rows. */
function placeRows(nodes: readonly FlowNode[], offsets: Offsets): void {
  placeHeads(nodes, offsets);
  for (const { kinds } of STAGES) {
    const column = nodes.filter((n) => kinds.includes(n.kind) && !IN_HEAD_GROUPS.has(n.kind));
    column.forEach((node, i) => offsets.set(node.id, (i - (column.length - 1) / 2) * rowHeight));
  }
  // A neuron's key stands on the row of its value, which shares its column with a rest and biases.
  for (const key of nodes) {
    if (key.kind !== 'neuron_key' || key.neuron === undefined) continue;
    const value = offsets.get(nodeId.neuronValue(key.layer, key.neuron));
    if (value !== undefined) offsets.set(key.id, value);
  }
}

/** Heads from top to bottom, each a group of as many rows as it has sources; the heads not drawn come last. */
function placeHeads(nodes: readonly FlowNode[], offsets: Offsets): void {
  const heads = new Map<number, FlowNode[]>();
  for (const node of nodes) {
    if (node.head === undefined || !IN_HEAD_GROUPS.has(node.kind)) continue;
    const group = heads.get(node.head);
    if (group) group.push(node);
    else heads.set(node.head, [node]);
  }
  const rest = nodes.find((n) => n.kind === 'heads_rest');
  let y = 0;
  for (const group of heads.values()) {
    const sources = group.filter((n) => n.kind === 'head_key' || n.kind === 'head_rest' || n.kind === 'head_patch');
    const rowOfSource = new Map(sources.map((n, i) => [n.source ?? n.kind, i]));
    const rows = Math.max(1, sources.length);
    for (const node of group) {
      const row =
        node.kind === 'head_query' || node.kind === 'head_out' ? (rows - 1) / 2 : (rowOfSource.get(node.source ?? node.kind) ?? 0);
      offsets.set(node.id, y + row * rowHeight);
    }
    y += rows * rowHeight + LAYOUT.groupGap;
  }
  if (rest) {
    offsets.set(rest.id, y);
    y += rowHeight + LAYOUT.groupGap;
  }
  const middle = (y - LAYOUT.groupGap - rowHeight) / 2;
  for (const node of nodes) {
    const at = offsets.get(node.id);
    if (at !== undefined) offsets.set(node.id, at - middle);
  }
}
