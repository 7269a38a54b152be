/**
 * Where nodes are drawn. The residual stream runs along the top as a rail; each block's attention and feed-forward hang
 * below it, their stages as columns from left to right. A residual edge therefore never crosses a node.
 *
 * The layout is a pure function of the nodes in their order: the same nodes are drawn at the same places. To lay two
 * graphs side by side, lay out the union of their nodes once.
 */
import type { FlowEdge, FlowGraph, FlowNode } from '../format/flow-graph';
import * as l10n from '@vscode/l10n';
import { COLUMNS, NODE_KINDS, standsForHead, type ColumnName, type NodeFamily, type NodeKind } from '../format/node-kinds';
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
  /** `others`: what is left out of its layer */
  readonly name: ColumnName | 'others';
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

/** A straight piece of an edge. */
export interface Segment {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** A layer of an upright layout, or a run of them. */
export interface LayerRow {
  readonly first: number;
  readonly last: number;
  readonly top: number;
  readonly height: number;
  /** its parts have rows of their own */
  readonly unfolded: boolean;
}

/** Nodes that are drawn as one where their own texts are too small to be read. */
export interface LayoutGroup {
  /** its label, the longest first: the first that has room is written */
  readonly titles: readonly string[];
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** All places; the origin is the first column's centre on the rail, or the top left corner of an upright layout. */
export interface GraphLayout {
  readonly nodes: ReadonlyMap<string, PlacedNode>;
  /** none in an upright layout */
  readonly columns: readonly Column[];
  readonly layers: readonly LayerBand[];
  /** what nodes are gathered to where they are small */
  readonly groups: readonly LayoutGroup[];
  readonly width: number;
  readonly height: number;
  /** present in an upright layout, which is as wide as its canvas at zoom 1 */
  readonly upright?: {
    /** layers, where their numbers are written at the left */
    readonly rows: readonly LayerRow[];
    /** the course of every edge, by id */
    readonly wires: ReadonlyMap<string, readonly Segment[]>;
  };
}

/** The course of an edge: from the right side of a box to the left side of the next, unless the layout says otherwise. */
export function segmentsOf({ nodes, upright }: GraphLayout, { id, from, to }: Pick<FlowEdge, 'id' | 'from' | 'to'>): readonly Segment[] {
  const wire = upright?.wires.get(id);
  if (wire !== undefined) return wire;
  const [start, end] = [nodes.get(from), nodes.get(to)];
  if (start === undefined || end === undefined) return [];
  return [{ x1: start.x + start.width / 2, y1: start.y, x2: end.x - end.width / 2, y2: end.y }];
}

/** Measures of the drawing, in graph units. */
export const LAYOUT = {
  nodeWidth: 100,
  nodeHeight: 24,
  junctionSize: 14,
  /** of a column that holds a junction alone: its heading has room */
  junctionColumn: 48,
  /** between boxes of one column */
  rowGap: 6,
  /** between the rows of two heads */
  groupGap: 14,
  /** between columns: room for edges to fan out */
  columnGap: 40,
  /** from queries to keys: edges say how much is attended */
  attentionGap: 58,
  /** between the rail and the stages below it */
  railGap: 52,
} as const;

/** Whether a node is drawn on the rail: the stream, and a norm that is applied to it (see `InspectablePass.streamNormed`). */
const isOnRail = ({ kind, id, layer }: FlowNode): boolean =>
  NODE_KINDS[kind].rail === 'on' || (NODE_KINDS[kind].column === 'ln2' && id === nodeId.ln1(layer));
const isJunction = ({ kind }: FlowNode): boolean => NODE_KINDS[kind].role === 'junction';
/** Heads are placed one by one, so that each reads as one horizontal group. */
const inHeads = ({ kind }: FlowNode): boolean => NODE_KINDS[kind].group === 'head';

const COLUMN_NAMES = Object.keys(COLUMNS) as readonly ColumnName[];
const rowHeight = LAYOUT.nodeHeight + LAYOUT.rowGap;

/** Row offsets of nodes from the centre line of their column, keyed by id. */
type Offsets = Map<string, number>;

/** Lays out a graph. Deterministic; linear in the number of nodes. @param gathered nodes that stand for what is left out of a layer: they have a column of their own */
export function layoutGraph(graph: Pick<FlowGraph, 'nodes'>, gathered: ReadonlySet<string> = new Set()): GraphLayout {
  const byLayer = new Map<number, FlowNode[]>();
  for (const node of graph.nodes) {
    const layer = byLayer.get(node.layer);
    if (layer) layer.push(node);
    else byLayer.set(node.layer, [node]);
  }
  const offsets: Offsets = new Map();
  const isGathered = ({ id }: FlowNode): boolean => gathered.has(id);
  for (const nodes of byLayer.values())
    placeRows(
      nodes.filter((node) => !isGathered(node)),
      offsets,
    );
  const half = Math.max(0, ...Array.from(offsets.values(), Math.abs)) + LAYOUT.nodeHeight / 2;
  const centre = LAYOUT.nodeHeight / 2 + LAYOUT.railGap + half;

  const columns: Column[] = [];
  const layers: LayerBand[] = [];
  const placed = new Map<string, PlacedNode>();
  let left = -LAYOUT.nodeWidth / 2;
  const addColumn = (name: ColumnName | 'others', layer: number, nodes: readonly FlowNode[]): void => {
    if (nodes.length === 0) return;
    const width = nodes.every(isJunction) ? LAYOUT.junctionColumn : LAYOUT.nodeWidth;
    const x = left + width / 2;
    for (const node of nodes) {
      const y = isOnRail(node) ? 0 : NODE_KINDS[node.kind].rail === 'under' ? rowHeight : centre + (offsets.get(node.id) ?? 0);
      const height = isJunction(node) ? LAYOUT.junctionSize : LAYOUT.nodeHeight;
      const own = isJunction(node) ? LAYOUT.junctionSize : width;
      placed.set(node.id, { id: node.id, x, y, width: own, height, column: columns.length });
    }
    columns.push({ key: `${layer}.${name}`, name, title: name === 'others' ? l10n.t('Others') : COLUMNS[name], layer, x, width });
    left += width + (name === 'head_query' ? LAYOUT.attentionGap : LAYOUT.columnGap);
  };

  for (const [layer, nodes] of [...byLayer].sort(([a], [b]) => a - b)) {
    const start = left;
    for (const column of COLUMN_NAMES) {
      if (column === 'resid_post') addColumn('others', layer, nodes.filter(isGathered));
      addColumn(
        column,
        layer,
        nodes.filter((node) => NODE_KINDS[node.kind].column === column && !isGathered(node)),
      );
    }
    if (layer >= 0) layers.push({ layer, x: (start + left - LAYOUT.columnGap) / 2, width: left - LAYOUT.columnGap - start });
  }
  return {
    nodes: placed,
    columns,
    layers,
    groups: groupsOf(
      graph.nodes.filter((node) => !isGathered(node)),
      placed,
    ),
    width: left - LAYOUT.columnGap + LAYOUT.nodeWidth / 2,
    height: centre + half + LAYOUT.nodeHeight / 2,
  };
}

/** The branches of each layer, as boxes around their nodes. */
function groupsOf(nodes: readonly FlowNode[], placed: ReadonlyMap<string, PlacedNode>): LayoutGroup[] {
  const boxes = new Map<string, { layer: number; family: NodeFamily; left: number; top: number; right: number; bottom: number }>();
  for (const { id, kind, layer } of nodes) {
    const place = placed.get(id);
    const { family } = NODE_KINDS[kind];
    if (place === undefined || (family !== 'attention' && family !== 'feedForward')) continue;
    const key = `${layer} ${family}`;
    const box = boxes.get(key) ?? { layer, family, left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    boxes.set(key, {
      ...box,
      left: Math.min(box.left, place.x - place.width / 2),
      right: Math.max(box.right, place.x + place.width / 2),
      top: Math.min(box.top, place.y - place.height / 2),
      bottom: Math.max(box.bottom, place.y + place.height / 2),
    });
  }
  return Array.from(boxes.values(), ({ layer, family, ...box }) => ({
    ...box,
    titles:
      family === 'attention'
        ? [l10n.t`Layer ${layer}: attention`, l10n.t('attention'), String(layer)]
        : [l10n.t`Layer ${layer}: feed-forward`, l10n.t('feed-forward'), l10n.t('MLP')],
  }));
}

/** Gives the nodes of one block their rows. */
function placeRows(nodes: readonly FlowNode[], offsets: Offsets): void {
  placeHeads(nodes, offsets);
  for (const column of COLUMN_NAMES) {
    const stacked = nodes.filter((node) => NODE_KINDS[node.kind].column === column && !inHeads(node));
    stacked.forEach((node, i) => offsets.set(node.id, (i - (stacked.length - 1) / 2) * rowHeight));
  }
  // A neuron's key shares the row of its value, which shares its column with a rest and biases.
  for (const key of nodes) {
    const { group, role } = NODE_KINDS[key.kind];
    if (group !== 'neuron' || role !== 'key' || key.neuron === undefined) continue;
    const { layer, neuron, expert } = key;
    const value = offsets.get(expert === undefined ? nodeId.neuronValue(layer, neuron) : nodeId.expertNeuronValue(layer, expert, neuron));
    if (value !== undefined) offsets.set(key.id, value);
  }
}

/** Whether a node of a head has a row to itself; a value shares the row of its key. */
function hasOwnRow(kind: NodeKind): boolean {
  return !standsForHead(kind) && NODE_KINDS[kind].role !== 'value';
}

/** Heads from top to bottom, each a group of as many rows as it has sources; the heads not drawn come last. */
function placeHeads(nodes: readonly FlowNode[], offsets: Offsets): void {
  const heads = new Map<number, FlowNode[]>();
  for (const node of nodes) {
    if (node.head === undefined || !inHeads(node)) continue;
    const group = heads.get(node.head);
    if (group) group.push(node);
    else heads.set(node.head, [node]);
  }
  const rest = nodes.find((node) => inHeads(node) && node.head === undefined);
  let y = 0;
  for (const group of heads.values()) {
    const sources = group.filter(({ kind }) => hasOwnRow(kind));
    const rowOfSource = new Map(sources.map((n, i) => [n.source ?? n.kind, i]));
    const rows = Math.max(1, sources.length);
    for (const node of group) {
      const row = standsForHead(node.kind) ? (rows - 1) / 2 : (rowOfSource.get(node.source ?? node.kind) ?? 0);
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
