/** Which rows a graph is drawn as in a given room, from top to bottom, and what each gathers that has no row of its own. */
import type { KeepBy } from '../../analyse/attribution';
import type { FlowGraph, FlowNode } from '../../format/flow-graph';
import { partsPerLine, ROWS, type RowOptions } from './row-options';
import { isHeld, sizeOf, unitsForShare, unitsOf, type Branch, type GraphUnits, type LayerUnits, type Unit } from './units';

/** Everything that has no row of its own, of a branch, a layer or a run of layers; `share` is what it brings together. */
export interface Others {
  readonly id: string;
  readonly first: number;
  readonly last: number;
  /** null: of both */
  readonly branch: Branch | null;
  readonly units: readonly Unit[];
  /** what the graph itself gathers */
  readonly rests: readonly FlowNode[];
  /** undefined: shares have no meaning in this model */
  readonly share: number | undefined;
  /** what must be unfolded for its parts to have rows */
  readonly unfolds: readonly string[];
}

/** One row, or in a compact layer a part of one. */
export type Row =
  | { readonly kind: 'stream'; readonly node: FlowNode }
  | { readonly kind: 'unit'; readonly unit: Unit; readonly into: FlowNode }
  | { readonly kind: 'others'; readonly others: Others; readonly into: FlowNode | null }
  | { readonly kind: 'out'; readonly node: FlowNode; readonly into: FlowNode };

/** A layer, or a run of layers of which nothing is kept, on one line. */
export interface CompactLayer {
  readonly first: number;
  readonly last: number;
  readonly units: readonly Unit[];
  /** null: nothing is gathered */
  readonly others: Others | null;
  /** null: a run of layers, whose stream is not drawn */
  readonly stream: FlowNode | null;
}

/** What stands below each other: a layer on one line, or one drawn row by row, its branches apart so that they can stand side by side. */
export type RowBlock =
  | { readonly kind: 'compact'; readonly layer: CompactLayer }
  | { readonly kind: 'detailed'; readonly layer: number; readonly attention: readonly Row[]; readonly feedForward: readonly Row[] };

/** What unfolds a layer that is on one line. */
export const layerKey = (layer: number): string => `layer ${layer}`;
const othersId = (first: number, last: number, branch: Branch | null): string => `layers.${first}-${last}.${branch ?? 'all'}.others`;

/** Chooses the rows of a graph. */
export function chooseRows(
  graph: Pick<FlowGraph, 'nodes' | 'layers'>,
  options: RowOptions,
): { readonly before: readonly FlowNode[]; readonly blocks: readonly RowBlock[] } {
  const parts = unitsOf(graph, options.by);
  const detailed = graph.layers.length <= ROWS.detailedLayers;
  if (detailed) {
    const kept = options.kept < 1 ? keptOf(parts, options) : null;
    const room = roomOf(parts, options);
    return { before: parts.before, blocks: parts.layers.map((layer) => detailedLayer(layer, kept, room, options)) };
  }
  const blocks = options.kept < 1 ? keptLayers(parts, options) : parts.layers.map((layer) => compactLayer(layer, options));
  // The stream after each layer is on its line: where it comes from is one line more.
  return { before: options.kept < 1 ? [] : parts.before, blocks };
}

function keptOf({ layers }: GraphUnits, { kept, by, pinned }: RowOptions): ReadonlySet<Unit> {
  const units = layers.flatMap((layer) => layer.units);
  const strong = unitsForShare(
    units,
    layers.flatMap(({ rests }) => rests),
    kept,
    by,
  );
  return new Set(units.filter((unit) => strong.has(unit) || isHeld(unit, pinned)));
}

/** How many heads and neurons of each layer have room. */
interface Room {
  readonly attention: number;
  readonly feedForward: number;
}

/** Rows that every layer has: what its branches add, what they gather, the stream after each. */
const FIXED = { out: 1, others: 1, stream: 1 } as const;

function roomOf({ before, layers }: GraphUnits, { height, aside }: RowOptions): Room {
  const most = (branch: Branch): number => Math.max(0, ...layers.map(({ units }) => units.filter((unit) => unit.branch === branch).length));
  const wanted = { attention: most('attention'), feedForward: Math.min(ROWS.mostNeurons, most('feedForward')) };
  const rows = Math.floor((height - 2 * ROWS.margin) / ROWS.pitch);
  const fixed = FIXED.out + FIXED.others + FIXED.stream;
  if (aside && layers.length === 1) {
    const free = Math.floor((rows - before.length) / layers.length) - fixed;
    return { attention: Math.max(2, Math.min(wanted.attention, free)), feedForward: Math.max(1, Math.min(wanted.feedForward, free)) };
  }
  const free = Math.floor((rows - before.length) / layers.length) - 2 * fixed;
  let [attention, feedForward] = [Math.min(2, wanted.attention), Math.min(1, wanted.feedForward)];
  // In turn up to the wanted neurons, then all heads, then more neurons.
  while (attention + feedForward < free && (attention < wanted.attention || feedForward < wanted.feedForward)) {
    const neuronsLag = feedForward < Math.min(ROWS.neurons, wanted.feedForward) && feedForward < attention;
    if (attention < wanted.attention && !neuronsLag) attention++;
    else feedForward++;
  }
  return { attention, feedForward };
}

/** A layer row by row. @param kept null: as many as there is room for */
function detailedLayer(layer: LayerUnits, kept: ReadonlySet<Unit> | null, room: Room, { pinned, unfolded }: RowOptions): RowBlock {
  const { units, rests, attentionOut, feedForwardOut, middle, leaving } = layer;
  if (kept !== null) {
    // What is kept closes up: it flows straight into the stream, and everything else is one row.
    const others = gather(
      layer,
      layer,
      null,
      units.filter((unit) => !kept.has(unit)),
      rests,
    );
    const rows = (branch: Branch): Row[] =>
      units.filter((unit) => unit.branch === branch && kept.has(unit)).map((unit) => ({ kind: 'unit', unit, into: leaving }));
    return {
      kind: 'detailed',
      layer: layer.layer,
      attention: rows('attention'),
      feedForward: [
        ...rows('feedForward'),
        ...(others === null ? [] : [{ kind: 'others', others, into: leaving } as const]),
        { kind: 'stream', node: leaving },
      ],
    };
  }
  const branchRows = (branch: Branch, out: FlowNode | null, next: FlowNode): Row[] => {
    const own = units.filter((unit) => unit.branch === branch);
    const ownRests = rests.filter(({ kind }) => (kind === 'heads_rest') === (branch === 'attention'));
    const into = out ?? next;
    const all = unfolded.has(othersId(layer.layer, layer.layer, branch));
    const ranked = own.filter((unit, rank) => all || rank < room[branch] || isHeld(unit, pinned));
    // A row that would say "1 more" has room for that one.
    const drawn = own.length - ranked.length === 1 && ownRests.length === 0 ? own : ranked;
    const hidden = own.filter((unit) => !drawn.includes(unit));
    const others = gather(layer, layer, branch, hidden, ownRests);
    return [
      ...drawn.map((unit) => ({ kind: 'unit', unit, into }) as const),
      ...(others === null ? [] : [{ kind: 'others', others, into } as const]),
      ...(out === null ? [] : [{ kind: 'out', node: out, into: next } as const]),
    ];
  };
  return {
    kind: 'detailed',
    layer: layer.layer,
    attention: branchRows('attention', attentionOut, middle ?? leaving),
    feedForward: [
      ...(middle === null ? [] : [{ kind: 'stream', node: middle } as const]),
      ...branchRows('feedForward', feedForwardOut, leaving),
      { kind: 'stream', node: leaving },
    ],
  };
}

function compactLayer(layer: LayerUnits, options: RowOptions): RowBlock {
  if (options.unfolded.has(layerKey(layer.layer))) {
    return detailedLayer(layer, null, { attention: ROWS.neurons, feedForward: ROWS.neurons }, options);
  }
  const parts = partsPerLine(options.width) - 1;
  const heads = Math.max(1, Math.ceil(parts * 0.6));
  const strongest = (branch: Branch, count: number): Unit[] =>
    layer.units.filter((unit) => unit.branch === branch).filter((unit, rank) => rank < count || isHeld(unit, options.pinned));
  const units = [...strongest('attention', heads), ...strongest('feedForward', Math.max(0, parts - heads))];
  const others = gather(
    layer,
    layer,
    null,
    layer.units.filter((unit) => !units.includes(unit)),
    layer.rests,
  );
  return { kind: 'compact', layer: { first: layer.layer, last: layer.layer, units, others, stream: layer.leaving } };
}

/** Layers of which something is kept, and runs of the others. Heads and whole feed-forward layers are what is kept. */
function keptLayers({ layers }: GraphUnits, options: RowOptions): RowBlock[] {
  const { by, kept, pinned } = options;
  const coarse = new Map(layers.map((layer) => [layer, coarseUnits(layer, pinned)]));
  const all = [...coarse.values()].flat();
  const strong = unitsForShare(
    all,
    layers.flatMap(({ rests }) => rests.filter(({ kind }) => kind === 'heads_rest')),
    kept,
    by,
  );
  const blocks: RowBlock[] = [];
  let idle: LayerUnits[] = [];
  const closeRun = (): void => {
    const [first, last] = [idle[0], idle.at(-1)];
    if (first === undefined || last === undefined) return;
    const others = gather(
      first,
      last,
      null,
      idle.flatMap(({ units }) => units),
      idle.flatMap(({ rests }) => rests),
    );
    blocks.push({ kind: 'compact', layer: { first: first.layer, last: last.layer, units: [], others, stream: null } });
    idle = [];
  };
  for (const [layer, units] of coarse) {
    const drawn = units.filter((unit) => strong.has(unit) || isHeld(unit, pinned));
    const unfolded = options.unfolded.has(layerKey(layer.layer));
    if (!unfolded && drawn.length === 0 && layer !== layers.at(-1)) {
      idle.push(layer);
      continue;
    }
    closeRun();
    if (unfolded) {
      blocks.push(detailedLayer(layer, null, { attention: ROWS.neurons, feedForward: ROWS.neurons }, options));
      continue;
    }
    const wholeBranch = drawn.some(({ node }) => node === layer.feedForwardOut);
    const hidden = layer.units.filter((unit) => !drawn.includes(unit) && !(wholeBranch && unit.branch === 'feedForward'));
    const rests = layer.rests.filter(({ kind }) => !(wholeBranch && kind === 'neuron_rest'));
    const others = gather(layer, layer, null, hidden, rests);
    blocks.push({ kind: 'compact', layer: { first: layer.layer, last: layer.layer, units: drawn, others, stream: layer.leaving } });
  }
  closeRun();
  return blocks;
}

/** The heads of a layer and its feed-forward layer as a whole; its neurons instead where one of them has to stay. */
function coarseUnits({ units, feedForwardOut }: LayerUnits, pinned: ReadonlySet<string>): Unit[] {
  const attention = units.filter(({ branch }) => branch === 'attention');
  const neurons = units.filter(({ branch }) => branch === 'feedForward');
  if (feedForwardOut === null || neurons.some((unit) => isHeld(unit, pinned))) return [...attention, ...neurons];
  return [...attention, { node: feedForwardOut, branch: 'feedForward', reads: null }];
}

function gather(
  first: LayerUnits,
  last: LayerUnits,
  branch: Branch | null,
  units: readonly Unit[],
  rests: readonly FlowNode[],
): Others | null {
  if (units.length === 0 && rests.length === 0) return null;
  const summands = [...units.map(({ node }) => node), ...rests];
  const shares = summands.flatMap(({ share }) => (share === undefined ? [] : [share]));
  const id = othersId(first.layer, last.layer, branch);
  return {
    id,
    first: first.layer,
    last: last.layer,
    branch,
    units,
    rests,
    share: shares.length === 0 ? undefined : shares.reduce((sum, share) => sum + share, 0),
    unfolds: branch === null ? Array.from({ length: last.layer - first.layer + 1 }, (_, i) => layerKey(first.layer + i)) : [id],
  };
}

/** How many heads and neurons are gathered. */
export function countsOf({ units, rests }: Others): { readonly heads: number; readonly neurons: number } {
  const count = (unit: FlowNode['kind'], rest: FlowNode['kind']): number =>
    units.filter(({ node }) => node.kind === unit).length +
    rests.reduce((sum, node) => sum + (node.kind === rest ? (node.count ?? 0) : 0), 0);
  return { heads: count('head_out', 'heads_rest'), neurons: count('neuron_value', 'neuron_rest') };
}

/** The largest of what is gathered, strongest first. */
export function strongestOf({ units }: Others, by: KeepBy, count: number): readonly Unit[] {
  return [...units].sort((a, b) => sizeOf(b.node, by) - sizeOf(a.node, by)).slice(0, count);
}
