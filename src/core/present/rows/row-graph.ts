/**
 * A flow graph drawn upright: from top to bottom through its layers, a row for each head and neuron, or a line for each layer. What
 * has no row is gathered, so that what is drawn of a sum still adds up to it. Places are in pixels at zoom 1.
 */
import * as l10n from '@vscode/l10n';
import type { EdgeKind, FlowEdge, FlowGraph, FlowNode } from '../../format/flow-graph';
import type { GraphLayout, LayerRow, LayoutGroup, PlacedNode, Segment } from '../layout';
import { chooseRows, countsOf, type CompactLayer, type Others, type Row, type RowBlock } from './choose-rows';
import { course, DETAIL, type Panel } from './course';
import { linesOf, perLineFor, pitchFor } from './row-fit';
import { ROWS, streamWidth, type RowOptions } from './row-options';
import type { Unit } from './units';

/** What is drawn: nodes of the graph and gathered ones, which `others` knows. */
export interface RowGraph {
  readonly nodes: readonly FlowNode[];
  readonly edges: readonly FlowEdge[];
  readonly layout: GraphLayout;
  /** by the id of the node that stands for them */
  readonly others: ReadonlyMap<string, Others>;
  /** for the second box of a unit: the first */
  readonly unitOf: ReadonlyMap<string, Unit>;
}

/** Part of the distance between rows that a box takes. */
const FILL = 0.86;

/** Lays a graph out upright. Deterministic; linear in the number of nodes. */
export function rowGraph(graph: Pick<FlowGraph, 'nodes' | 'edges' | 'layers'>, options: RowOptions): RowGraph {
  const { before, blocks } = chooseRows(graph, options);
  return new RowDrawing(graph, options).draw(before, blocks);
}

class RowDrawing {
  readonly #nodes = new Map<string, FlowNode>();
  readonly #edges = new Map<string, FlowEdge>();
  readonly #places = new Map<string, PlacedNode>();
  readonly #wires = new Map<string, Segment[]>();
  readonly #others = new Map<string, Others>();
  readonly #unitOf = new Map<string, Unit>();
  readonly #rows: LayerRow[] = [];
  readonly #groups: LayoutGroup[] = [];
  /** what flows into a row that may not be drawn yet */
  readonly #flows: { readonly node: FlowNode; readonly into: FlowNode; readonly kind: EdgeKind; readonly panel: Panel }[] = [];
  readonly #known: ReadonlyMap<string, FlowEdge>;
  /** the stream as it was drawn last, and where */
  #stream: FlowNode | null = null;
  #pitch: number = ROWS.pitch;
  #perLine = 1;

  constructor(
    graph: Pick<FlowGraph, 'edges'>,
    private readonly options: RowOptions,
  ) {
    this.#known = new Map(graph.edges.map((edge) => [edge.id, edge]));
  }

  draw(before: readonly FlowNode[], blocks: readonly RowBlock[]): RowGraph {
    const { width } = this.options;
    const numbered = blocks.some(({ kind }) => kind === 'compact');
    const aside = this.options.aside && blocks.length === 1;
    const left = numbered ? ROWS.number : ROWS.margin;
    const whole: Panel = { left, right: width - ROWS.margin };
    const middle = (whole.left + whole.right) / 2;
    const panels: readonly [Panel, Panel] = aside
      ? [
          { left, right: middle - DETAIL.gutter / 2 },
          { left: middle + DETAIL.gutter / 2, right: whole.right },
        ]
      : [whole, whole];
    this.#perLine = perLineFor(blocks, this.options);
    this.#pitch = pitchFor({ before: before.length, blocks, perLine: this.#perLine, aside, numbered }, this.options);
    let y: number = ROWS.margin;
    for (const node of before) {
      this.#bar(node, panels[0], y);
      y += this.#pitch;
    }
    for (const block of blocks) {
      const top = y;
      if (block.kind === 'compact') {
        y = this.#line(block.layer, whole, y);
        if (numbered) this.#rows.push({ first: block.layer.first, last: block.layer.last, top, height: y - top, unfolded: false });
        continue;
      }
      const { attention, feedForward, layer } = block;
      const under = this.#section(attention, panels[0], y);
      // Beside the attention, the stream between the branches is level with the one that enters.
      const bottom = this.#section(feedForward, panels[1], aside ? (before.length > 0 ? y - this.#pitch : y) : under);
      y = Math.max(under, bottom);
      this.#groups.push({ titles: [l10n.t`Layer ${layer}`, String(layer)], left, right: whole.right, top, bottom: y });
      if (numbered) this.#rows.push({ first: layer, last: layer, top, height: y - top, unfolded: true });
    }
    return {
      nodes: [...this.#nodes.values()],
      edges: [...this.#edges.values()],
      others: this.#others,
      unitOf: this.#unitOf,
      layout: {
        nodes: this.#places,
        columns: [],
        layers: [],
        groups: this.#groups,
        width,
        height: y + ROWS.margin,
        upright: { rows: this.#rows, wires: this.#wires },
      },
    };
  }

  get #boxHeight(): number {
    return Math.round(this.#pitch * FILL);
  }

  #place(node: FlowNode, left: number, right: number, top: number, column: number): void {
    const height = this.#boxHeight;
    this.#nodes.set(node.id, node);
    this.#places.set(node.id, { id: node.id, x: (left + right) / 2, y: top + height / 2, width: right - left, height, column });
  }

  #wire(from: string, to: string, kind: EdgeKind, fallback: number, segments: readonly Segment[]): void {
    const id = `${from} → ${to}`;
    const known = this.#known.get(id);
    // What is gathered has no norm of its own: its edge is as thin as edges are, and does not make all others so.
    const weight = Number.isNaN(fallback) ? 0 : fallback;
    this.#edges.set(id, known ?? { id, from, to, kind, weight, sign: 1 });
    this.#wires.set(id, [...segments]);
  }

  /** A row of the stream, and the residual edge from the one before it, along the left rail or across to the other panel. */
  #bar(node: FlowNode, panel: Panel, top: number): void {
    const before = this.#stream === null ? undefined : this.#places.get(this.#stream.id);
    this.#place(node, panel.left, panel.right, top, 2);
    const place = this.#places.get(node.id);
    if (before !== undefined && place !== undefined && this.#stream !== null) {
      const kind = this.#stream.layer < 0 ? 'norm' : 'residual';
      const [x, y] = [panel.left + DETAIL.rail, place.y - place.height / 5];
      const segments: Segment[] =
        before.x + before.width / 2 < panel.left
          ? [{ x1: before.x + before.width / 2, y1: y, x2: panel.left, y2: y }]
          : [{ x1: x, y1: before.y + before.height / 2, x2: x, y2: place.y - place.height / 2 }];
      this.#wire(this.#stream.id, node.id, kind, this.#stream.norm, segments);
    }
    this.#stream = node;
  }

  /** Rows below each other; answers with where the next one begins. */
  #section(rows: readonly Row[], panel: Panel, top: number): number {
    const height = this.#boxHeight;
    const [start, end] = [panel.left + DETAIL.inset, panel.right - DETAIL.inset];
    const first = Math.round(
      Math.min(DETAIL.most, Math.max(DETAIL.least, (end - start) * (end - start < DETAIL.narrow ? DETAIL.part.narrow : DETAIL.part.usual))),
    );
    const main = start + first + DETAIL.between;
    const rail = panel.left + DETAIL.rail;
    let y = top;
    for (const row of rows) {
      const middle = y + height / 2;
      switch (row.kind) {
        case 'stream':
          this.#bar(row.node, panel, y);
          break;
        case 'unit': {
          const { node, reads } = row.unit;
          this.#place(node, main, end, y, 1);
          this.#unitOf.set(node.id, row.unit);
          const read = reads ?? null;
          if (read !== null) {
            this.#place(read, start, start + first, y, 0);
            this.#unitOf.set(read.id, row.unit);
            const known = this.#known.get(`${read.id} → ${node.id}`);
            const kind = row.unit.branch === 'attention' ? 'attention' : 'coefficient';
            this.#wire(read.id, node.id, known?.kind ?? kind, read.attention ?? Math.abs(node.coefficient ?? 0), [
              { x1: start + first, y1: middle, x2: main, y2: middle },
            ]);
            this.#feed(read, rail, start, middle);
          } else {
            this.#feed(node, rail, main, middle);
          }
          this.#flows.push({ node, into: row.into, kind: 'contribution', panel });
          break;
        }
        case 'others': {
          const node = this.#gathered(row.others);
          this.#place(node, start, end, y, 1);
          if (row.into !== null) this.#flows.push({ node, into: row.into, kind: 'contribution', panel });
          this.#feed(node, rail, start, middle);
          break;
        }
        case 'out':
          this.#place(row.node, main, end, y, 1);
          this.#flows.push({ node: row.node, into: row.into, kind: 'norm', panel });
          break;
      }
      y += this.#pitch;
    }
    this.#settle();
    return y;
  }

  /** Draws what flows into a row that is drawn by now: along the right rail down to it, or across to the other panel. */
  #settle(): void {
    for (const flow of this.#flows.splice(0)) {
      const { node, into, kind, panel } = flow;
      const [own, to] = [this.#places.get(node.id), this.#places.get(into.id)];
      if (own === undefined) continue;
      if (to === undefined) this.#flows.push(flow);
      else this.#wire(node.id, into.id, kind, node.norm, course(own, to, panel));
    }
  }

  /** What the stream is read by: a short piece from the left rail. */
  #feed(node: FlowNode, rail: number, left: number, y: number): void {
    const stream = this.#stream;
    if (stream === null || !this.#places.has(stream.id)) return;
    this.#wire(stream.id, node.id, 'norm', 0, [{ x1: rail, y1: y, x2: left, y2: y }]);
  }

  #gathered(others: Others): FlowNode {
    const [rest] = others.rests;
    // Nothing but what the graph itself gathers: its own node, with its own reading.
    if (others.units.length === 0 && others.rests.length === 1 && rest !== undefined) return rest;
    const { heads, neurons } = countsOf(others);
    this.#others.set(others.id, others);
    return {
      id: others.id,
      kind: others.branch === 'attention' ? 'heads_rest' : 'neuron_rest',
      layer: others.last,
      norm: NaN,
      reading: null,
      label: '',
      count: Math.max(1, heads + neurons),
      ...(others.share !== undefined && { share: others.share }),
    };
  }

  /** A layer on one line, or on as many as its parts take: heads, neurons, what gathers the others, the stream after it. */
  #line({ units, others, stream }: CompactLayer, panel: Panel, top: number): number {
    const { width } = this.options;
    const cell = stream === null ? 0 : streamWidth(width);
    const end = panel.right - cell - (cell === 0 ? 0 : ROWS.gap);
    const perLine = this.#perLine;
    const part = (panel.right - streamWidth(width) - ROWS.gap - panel.left + ROWS.gap) / perLine - ROWS.gap;
    const parts: readonly FlowNode[] = [...units.map(({ node }) => node), ...(others === null ? [] : [this.#gathered(others)])];
    for (const unit of units) this.#unitOf.set(unit.node.id, unit);
    const lines = linesOf({ units, others }, perLine);
    parts.forEach((node, i) => {
      const y = top + Math.floor(i / perLine) * this.#pitch;
      const left = panel.left + (i % perLine) * (part + ROWS.gap);
      // What has a line to itself takes all of it.
      this.#place(node, left, parts.length === 1 ? end : left + part, y, i % perLine);
    });
    if (stream !== null) {
      const before = this.#stream === null ? undefined : this.#places.get(this.#stream.id);
      const y = top + (lines - 1) * this.#pitch;
      this.#place(stream, panel.right - cell, panel.right, y, perLine);
      const x = panel.right - cell / 2;
      if (before !== undefined && this.#stream !== null) {
        const kind = this.#stream.layer < 0 ? 'norm' : 'residual';
        this.#wire(this.#stream.id, stream.id, kind, this.#stream.norm, [{ x1: x, y1: before.y + before.height / 2, x2: x, y2: y }]);
      }
      this.#stream = stream;
      parts.forEach((node, i) => {
        const place = this.#places.get(node.id);
        if (place === undefined) return;
        const next = (i + 1) % perLine === 0 || i === parts.length - 1 ? panel.right - cell : place.x + place.width / 2 + ROWS.gap;
        const last = Math.floor(i / perLine) === lines - 1;
        this.#wire(node.id, stream.id, 'contribution', node.norm, [
          { x1: place.x + place.width / 2, y1: place.y, x2: last ? next : Math.min(next, x), y2: place.y },
          ...(last || next < panel.right - cell
            ? []
            : [{ x1: panel.right - cell, y1: place.y, x2: panel.right - cell + 6, y2: top + (lines - 1) * this.#pitch }]),
        ]);
      });
    }
    return top + lines * this.#pitch;
  }
}
