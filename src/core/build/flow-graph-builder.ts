/** A flow graph in the making: blocks are added from the first drawn one to the last, then everything is read at once. */
import { componentNodeId, type InterventionMode } from '../format/component';
import { FLOW_GRAPH_SCHEMA, type FlowGraph, type FlowNode, type StreamStep } from '../format/flow-graph';
import type { GraphCounts } from '../format/graph-counts';
import { NODE_KINDS } from '../format/node-kinds';
import { spokenTokens } from '../format/spoken-tokens';
import type { BlockSelection, BlockState } from '../pass/block-state';
import type { GraphEffects } from '../pass/effects';
import type { InspectablePass } from '../pass/inspectable-pass';
import type { LensBatch } from '../pass/lens';
import { readingAt } from '../pass/reading';
import { readForTarget, shownTarget, type ResolvedTargetOptions } from '../pass/target';
import { rowOf } from '../pass/vector';
import { addBlock, addEmbeddings } from './block-part';
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

/** Tokens kept for each step of the depth strip; a card shows no more. */
const STREAM_TOKENS = 10;

/** See the head of this file. */
export class FlowGraphBuilder {
  readonly #graph: UnreadGraph;
  /** what interventions did, by the id of the node that shows it */
  readonly #changed = new Map<string, InterventionMode>();

  constructor(
    private readonly pass: InspectablePass,
    private readonly options: ResolvedGraphOptions,
  ) {
    const d = pass.model.dModel;
    this.#graph = new UnreadGraph(
      d,
      pass.stream.map((stream) => rowOf(stream, options.position, d)),
    );
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
   * Reads all vectors and puts the answers on the nodes; again, through the lens that is chosen by then, at each call.
   *
   * @throws Problem `against-itself`
   */
  async finish(): Promise<FlowGraph> {
    const { pass, options } = this;
    const { position, counts, layers } = options;
    const { target, batch } = await readForTarget(pass, options, this.#graph.matrix(), {
      k: counts.tokens,
      at: this.#graph.places(),
      final: pass.stream.length - 1,
    });
    const stream = pass.stream.map((_, row): StreamStep => {
      const reading = readingAt(batch, row, pass);
      return {
        layer: row - 1,
        reading: { ...reading, top: reading.top.slice(0, STREAM_TOKENS), bottom: [] },
        norm: batch.norms[row],
        share: batch.shares[row] - (row === 0 ? 0 : batch.shares[row - 1]),
      };
    });
    const final = stream[stream.length - 1].reading.target;
    return {
      schema: FLOW_GRAPH_SCHEMA,
      model: pass.model,
      prompt: pass.prompt,
      ...(pass.given && { given: pass.given }),
      tokens: [...pass.tokens],
      position,
      target: await shownTarget(pass, options, target, final),
      ...(pass.interventions && { interventions: [...pass.interventions] }),
      ...(options.effects && { effects: options.effects.summary }),
      layers: Array.from({ length: layers.to - layers.from + 1 }, (_, i) => layers.from + i),
      counts: { ...counts },
      stream,
      normBias: await pass.normBias(target),
      nodes: this.#graph.nodes.map((node) => {
        const intervention = this.#changed.get(node.id);
        return { ...readNode(node, batch, pass), ...(intervention && { intervention }) };
      }),
      edges: [...this.#graph.edges],
    };
  }
}

/** Puts the lens's answers on a node. */
function readNode(node: UnreadNode, batch: LensBatch, pass: InspectablePass): FlowNode {
  const { row, junctionNorm, shareFactor: factor, also, ...rest } = node;
  // If norms are applied to the stream itself, only the stream itself has a share; single summands have none.
  const shareFactor = pass.streamNormed && NODE_KINDS[node.kind].role !== 'stream' ? undefined : factor;
  if (row === null) return { ...rest, norm: junctionNorm ?? 0, reading: null, label: '' };
  const said = { ...rest, norm: batch.norms[row], reading: readingAt(batch, row, pass) };
  return {
    ...said,
    label: spokenTokens(said)[0]?.text ?? '',
    ...(shareFactor === undefined ? {} : { share: shareFactor * batch.shares[row] }),
    ...(also
      ? { also: also.map((entry) => ({ title: entry.title, norm: batch.norms[entry.row], reading: readingAt(batch, entry.row, pass) })) }
      : {}),
  };
}
