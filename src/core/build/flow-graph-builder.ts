/** A flow graph in the making: blocks are added from the first drawn one to the last, then everything is read at once, or what is seen first. */
import { componentNodeId, type InterventionMode } from '../format/component';
import { FLOW_GRAPH_SCHEMA, type FlowGraph, type FlowNode, type Reading } from '../format/flow-graph';
import type { GraphCounts } from '../format/graph-counts';
import { NODE_KINDS } from '../format/node-kinds';
import { spokenTokens } from '../format/spoken-tokens';
import { isUnread } from '../format/unread';
import type { BlockSelection, BlockState } from '../pass/block-state';
import type { GraphEffects } from '../pass/effects';
import type { InspectablePass } from '../pass/inspectable-pass';
import { isTargetKnown, settledTarget, shownTarget, type ResolvedTargetOptions } from '../pass/target';
import { rowOf } from '../pass/vector';
import { addBlock, addEmbeddings } from './block-part';
import { RowReadings, type RowFigures } from './row-readings';
import { UnreadGraph, type UnreadNode } from './unread-graph';

/** Options with every default filled in and every bound checked. */
export interface ResolvedGraphOptions extends ResolvedTargetOptions {
  /** first and last drawn block */
  readonly layers: { readonly from: number; readonly to: number };
  readonly counts: GraphCounts;
  /** estimated effects of what is drawn; absent: nodes have none */
  readonly effects?: GraphEffects;
  /** what decides which heads, sources and neurons are drawn; absent: `norm`, the size of what they write */
  readonly by?: 'norm' | 'share' | 'effect';
}

/** What a node writes: `factor` × `vector`. */
export interface Written {
  /** [d] */ readonly vector: Float32Array;
  readonly factor: number;
  /** true: a summand of the residual stream */
  readonly summand: boolean;
}

/** Which nodes of a graph are seen first, by what is known of them before they are read: their ids. */
export type SeenFirst = (graph: Pick<FlowGraph, 'nodes' | 'layers'>) => Iterable<string>;

/** Nodes that have been read since their graph was made. */
export interface ReadNodes {
  /** those that were asked for by their ids */
  readonly nodes: readonly FlowNode[];
  /** how many are still unread */
  readonly left: number;
}

/** See the head of this file. */
export class FlowGraphBuilder {
  readonly #graph: UnreadGraph;
  readonly #readings: RowReadings;
  /** what interventions did, by the id of the node that shows it */
  readonly #changed = new Map<string, InterventionMode>();
  /** nodes as they were last said, and what they said: most of them are the same at the next look */
  readonly #said = new Map<UnreadNode, SaidNode>();

  constructor(
    private readonly pass: InspectablePass,
    private readonly options: ResolvedGraphOptions,
  ) {
    const d = pass.model.dModel;
    this.#graph = new UnreadGraph(
      d,
      pass.stream.map((stream) => rowOf(stream, options.position, d)),
    );
    this.#readings = new RowReadings(this.#graph, pass, options, options.counts.tokens);
    if (options.layers.from === 0) addEmbeddings(this.#graph, pass, options);
  }

  /** Adds a block that has been looked into. */
  async addBlock(layer: number, state: BlockState, selection: BlockSelection): Promise<void> {
    const { layers, position } = this.options;
    const { model, streamNormed = false } = this.pass;
    const vectors = await this.pass.vectors(layer, position, state, selection);
    for (const { component, mode } of state.changed ?? []) this.#changed.set(componentNodeId(component), mode);
    const first = layer === layers.from;
    const effects = this.options.effects?.blocks.get(layer);
    const drawn = { layer, position, first, state, selection, vectors, ...(effects && { effects }) };
    addBlock({ graph: this.#graph, model, streamNormed, ...drawn });
  }

  /**
   * What each node writes, by id: its vector times its coefficient or attention; for a vector that is not a summand of the stream, the
   * vector itself. A junction writes nothing of its own.
   */
  written(): Map<string, Written> {
    return new Map(
      this.#graph.nodes.flatMap(({ id, row, shareFactor }) =>
        row === null
          ? []
          : [[id, { vector: this.#graph.vector(row), factor: shareFactor ?? 1, summand: shareFactor !== undefined }] as const],
      ),
    );
  }

  /**
   * The graph with all vectors read, through the lens that is chosen by now.
   *
   * @throws Problem `against-itself`
   */
  async finish(): Promise<FlowGraph> {
    await this.#readings.read(this.#graph.nodes.flatMap(rowsOf));
    return this.#known();
  }

  /**
   * The graph with those nodes read that are seen first.
   *
   * @param seenFirst their ids, by what is known of the nodes without the lens
   * @throws Problem `against-itself`
   */
  async begin(seenFirst: SeenFirst): Promise<FlowGraph> {
    const { pass, options } = this;
    // What is predicted decides the shares, and these what is seen.
    if (!isTargetKnown(pass, options)) await this.#readings.read([]);
    const ids = new Set(seenFirst({ nodes: await this.#nodes(), layers: layersOf(options) }));
    await this.#readings.read(this.#graph.nodes.filter(({ id }) => ids.has(id)).flatMap(rowsOf));
    return this.#known();
  }

  /**
   * Reads nodes that have not been read yet.
   *
   * @param which their ids, or how many
   * @throws Problem `against-itself`
   */
  async readMore(which: readonly string[] | number): Promise<ReadNodes> {
    const isLeft = (node: UnreadNode): boolean => !rowsOf(node).every((row) => this.#readings.has(row));
    const asked = typeof which === 'number' ? [] : this.#graph.nodes.filter(({ id }) => which.includes(id));
    const wanted = typeof which === 'number' ? this.#graph.nodes.filter(isLeft).slice(0, which) : asked;
    await this.#readings.read(wanted.flatMap(rowsOf));
    return { nodes: asked.length === 0 ? [] : await this.#nodes(asked), left: this.#graph.nodes.filter(isLeft).length };
  }

  /** The graph with what the lens has said so far. */
  async #known(): Promise<FlowGraph> {
    const { pass, options } = this;
    const { position, counts } = options;
    const target = await settledTarget(pass, options);
    const stream = this.#readings.stream();
    const nodes = await this.#nodes();
    const unread = nodes.filter(isUnread).length;
    return {
      schema: FLOW_GRAPH_SCHEMA,
      model: pass.model,
      prompt: pass.prompt,
      ...(pass.given && { given: pass.given }),
      tokens: [...pass.tokens],
      position,
      target: await shownTarget(pass, options, target, stream[stream.length - 1].reading.target),
      ...(pass.interventions && { interventions: [...pass.interventions] }),
      ...(options.effects && { effects: options.effects.summary }),
      layers: layersOf(options),
      counts: { ...counts },
      stream,
      normBias: await pass.normBias(target),
      nodes,
      edges: [...this.#graph.edges],
      ...(unread > 0 && { unread }),
    };
  }

  /** Nodes with what the lens has said of them so far. */
  async #nodes(nodes: readonly UnreadNode[] = this.#graph.nodes): Promise<FlowNode[]> {
    const figures = await this.#readings.figures();
    return nodes.map((node) => {
      const of = rowsOf(node).map(figures);
      const before = this.#said.get(node);
      if (before !== undefined && of.every((each, i) => each === before.of[i])) return before.node;
      const intervention = this.#changed.get(node.id);
      const said = { ...readNode(node, of, this.pass), ...(intervention && { intervention }) };
      this.#said.set(node, { node: said, of });
      return said;
    });
  }
}

/** A node with what the lens has said of it, and what that was. */
interface SaidNode {
  readonly node: FlowNode;
  /** of its own row, where it has one, and of its further ones */
  readonly of: readonly RowFigures[];
}

/** First to last drawn block. */
function layersOf({ layers: { from, to } }: ResolvedGraphOptions): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The rows that a node names. */
function rowsOf({ row, also = [] }: UnreadNode): number[] {
  return [...(row === null ? [] : [row]), ...also.map((other) => other.row)];
}

/** Puts the lens's answers on a node. @param figures of the rows that it names */
function readNode(node: UnreadNode, figures: readonly RowFigures[], pass: InspectablePass): FlowNode {
  const { row, junctionNorm, shareFactor: factor, also, ...rest } = node;
  // If norms are applied to the stream itself, only the stream itself has a share; single summands have none.
  const shareFactor = pass.streamNormed && NODE_KINDS[node.kind].role !== 'stream' ? undefined : factor;
  if (row === null) return { ...rest, norm: junctionNorm ?? 0, reading: null, label: '' };
  const [{ reading, norm, share }, ...ofOthers] = figures;
  const said = { ...rest, norm, reading };
  const others = also?.map(({ title }, i) => ({ title, ...ofOthers[i] })).filter(isRead);
  return {
    ...said,
    label: spokenTokens(said)[0]?.text ?? '',
    ...(shareFactor === undefined ? {} : { share: shareFactor * share }),
    ...(others && reading ? { also: others.map((other) => ({ title: other.title, norm: other.norm, reading: other.reading })) } : {}),
  };
}

function isRead<Figures extends RowFigures>(figures: Figures): figures is Figures & { readonly reading: Reading } {
  return figures.reading !== null;
}
