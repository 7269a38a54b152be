/**
 * From a forward pass to its flow graph: look into the drawn blocks, choose what to draw, read every vector in one batch
 * of the lens, and put the answers on the nodes. No model arithmetic happens here.
 */
import { stopIfCancelled } from '../cancel';
import type { GraphCounts } from '../format/graph-counts';
import type { CallContext } from '../call-context';
import { norm, rowOf } from '../pass/vector';
import { draftAttention } from './attention-part';
import { spokenTokens } from '../format/spoken-tokens';
import { GraphDraft, type DraftNode, type DrawnVector } from './flow-graph-builder';
import { draftFeedForward } from './feed-forward-part';
import { FLOW_GRAPH_SCHEMA, type FlowGraph, type FlowNode, type StreamStep } from '../format/flow-graph';
import { NODE_KINDS } from '../format/node-kinds';
import { componentNodeId, type InterventionMode } from '../format/component';
import { nodeId } from '../format/node-id';
import type { BlockSelection, BlockState, SelectedVectors } from '../pass/block-state';
import type { InspectablePass } from '../pass/inspectable-pass';
import type { LensBatch } from '../pass/lens';
import { readingAt } from '../pass/reading';
import { selectBlock } from './select';
import { settledTarget, shownTarget, type TargetOptions } from '../pass/target';

/** Options with every default filled in and every bound checked. */
export interface ResolvedGraphOptions extends TargetOptions {
  /** first and last drawn block */
  readonly layers: { readonly from: number; readonly to: number };
  readonly counts: GraphCounts;
}

/** Tokens kept for each step of the depth strip; a card shows no more. */
const STREAM_TOKENS = 10;

/**
 * Builds the flow graph of a pass. Everything drawn of one sum, with its `rest`, adds up to the sum's result.
 *
 * @throws Problem `cancelled` between blocks when the caller has cancelled; `against-itself` when the target is to be
 * compared with itself
 */
export async function buildFlowGraph(pass: InspectablePass, options: ResolvedGraphOptions, context: CallContext): Promise<FlowGraph> {
  const { position, counts, layers } = options;
  const drawing = new GraphDrawing(pass, options);
  for (let layer = layers.from; layer <= layers.to; layer++) {
    stopIfCancelled(context, 'The flow graph');
    const blocks = layers.to - layers.from + 1;
    context.report({ message: `Looking into layer ${layer}`, done: layer - layers.from, total: blocks });
    const state = await pass.block(layer, position);
    await drawing.addBlock(layer, state, selectBlock(state, pass.model.nHeads, position, counts));
  }
  context.report({ message: 'Reading vectors as tokens', done: 0 });
  return drawing.finish();
}

/** A flow graph in the making: blocks are added from the first drawn one to the last, then everything is read at once. */
export class GraphDrawing {
  readonly #draft: GraphDraft;
  readonly #streamRows: readonly number[];
  /** what interventions did, by the id of the node that shows it */
  readonly #changed = new Map<string, InterventionMode>();

  constructor(
    private readonly pass: InspectablePass,
    private readonly options: ResolvedGraphOptions,
  ) {
    const d = pass.model.dModel;
    this.#draft = new GraphDraft(d);
    // The depth strip comes first: its rows are 0 … L of the batch.
    this.#streamRows = pass.stream.map((stream) => this.#draft.row(rowOf(stream, options.position, d)));
    if (options.layers.from === 0) draftEmbeddings(this.#draft, pass, options.position);
  }

  /** Draws a block that has been looked into. */
  async addBlock(layer: number, state: BlockState, selection: BlockSelection): Promise<void> {
    const { layers, position } = this.options;
    const vectors = await this.pass.vectors(layer, position, state, selection);
    for (const { component, mode } of state.changed ?? []) this.#changed.set(componentNodeId(component), mode);
    draftBlock(this.#draft, this.pass, layer, position, state, selection, vectors, layer === layers.from);
  }

  /**
   * What each node writes, by id: its vector times its coefficient or attention; of what is no summand of the stream the
   * vector itself. A junction writes nothing of its own.
   */
  written(): Map<string, Written> {
    return new Map(
      this.#draft.nodes.flatMap(({ id, row, shareFactor }) =>
        row === null
          ? []
          : [[id, { vector: this.#draft.vector(row), factor: shareFactor ?? 1, summand: shareFactor !== undefined }] as const],
      ),
    );
  }

  /**
   * Reads all vectors and puts the answers on the nodes.
   * @throws Problem `against-itself`
   */
  async finish(): Promise<FlowGraph> {
    const { pass, options } = this;
    const { position, counts, layers } = options;
    const draft = this.#draft;
    const target = await settledTarget(pass, options);
    const batch = await pass.read(draft.matrix(), { target, k: counts.tokens, position });
    const stream = this.#streamRows.map((row): StreamStep => {
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
      tokens: [...pass.tokens],
      position,
      target: await shownTarget(pass, options, target, final),
      ...(pass.interventions && { interventions: [...pass.interventions] }),
      layers: Array.from({ length: layers.to - layers.from + 1 }, (_, i) => layers.from + i),
      counts: { ...counts },
      stream,
      normBias: await pass.normBias(target),
      nodes: draft.nodes.map((node) => {
        const intervention = this.#changed.get(node.id);
        return { ...finishNode(node, batch, pass), ...(intervention && { intervention }) };
      }),
      edges: draft.edges,
    };
  }
}

/** What a node writes: `factor` × `vector`. */
export interface Written {
  /** [d] */ readonly vector: Float32Array;
  readonly factor: number;
  /** true: a summand of the residual stream */
  readonly summand: boolean;
}

/** Token and position embedding, as the two summands of the first block's input. */
function draftEmbeddings(draft: GraphDraft, pass: InspectablePass, position: number): void {
  const into = nodeId.residPre(0);
  const add = (id: string, kind: 'embed' | 'pos_embed', matrix: Float32Array, raw?: Float32Array): void => {
    const vector = rowOf(matrix, position, draft.width);
    const also = raw ? { also: [{ title: 'before the norm', row: draft.row(rowOf(raw, position, draft.width)) }] } : {};
    draft.node({ id, kind, layer: -1, row: draft.row(vector), shareFactor: 1, ...also });
    draft.edge(id, into, 'norm', norm(vector));
  };
  add(nodeId.embed, 'embed', pass.embed, pass.embedRaw);
  if (pass.posEmbed) add(nodeId.posEmbed, 'pos_embed', pass.posEmbed);
}

/** One block: backbone, attention, feed-forward. Consecutive blocks share the stream between them. */
function draftBlock(
  draft: GraphDraft,
  pass: InspectablePass,
  layer: number,
  position: number,
  state: BlockState,
  selection: BlockSelection,
  vectors: SelectedVectors,
  first: boolean,
): void {
  const residPre = first ? nodeId.residPre(layer) : nodeId.residPost(layer - 1);
  if (first) draft.node({ id: residPre, kind: 'resid_pre', layer, row: draft.row(state.residPre), shareFactor: 1 });
  const entering = { id: residPre, vector: state.residPre };
  const normed = (id: string, kind: 'ln1' | 'ln2', from: DrawnVector, vector: Float32Array): DrawnVector => {
    draft.node({ id, kind, layer, row: draft.row(vector) });
    draft.edge(from.id, id, 'norm', norm(from.vector));
    return { id, vector };
  };
  const toAttention = state.attention.ln && !pass.streamNormed ? normed(nodeId.ln1(layer), 'ln1', entering, state.attention.ln) : entering;
  const attnOut = draftAttention(draft, layer, toAttention, position, pass.model.nHeads, state, selection, vectors);

  // A parallel block has no stream between its branches: both read resid_pre, and both arrive in resid_post.
  const residPost = nodeId.residPost(layer);
  const join = state.residMid ? nodeId.residMid(layer) : residPost;
  if (state.residMid) {
    draft.node({ id: join, kind: 'resid_mid', layer, row: draft.row(state.residMid), shareFactor: 1 });
  }
  draft.edge(residPre, join, 'residual', norm(state.residPre));
  draft.edge(attnOut, join, 'norm', norm(state.attention.out));
  const between = state.residMid ? { id: join, vector: state.residMid } : entering;
  // Where norms stand on the stream, the first one is in front of the feed-forward layer, and what leaves it goes on.
  const onStream = pass.streamNormed && state.attention.ln ? normed(nodeId.ln1(layer), 'ln2', between, state.attention.ln) : null;
  const beforeMlp = onStream ?? (state.mlp.ln ? normed(nodeId.ln2(layer), 'ln2', between, state.mlp.ln) : null);
  // Without a norm of its own, the feed-forward layer of a parallel block reads what attention reads.
  const toMlp = beforeMlp ?? (state.residMid ? between : toAttention);
  const mlpOut = draftFeedForward(draft, layer, toMlp, state, selection, vectors);
  draft.node({ id: residPost, kind: 'resid_post', layer, row: draft.row(state.residPost), shareFactor: 1 });
  if (state.residMid) {
    const goesOn = onStream ?? between;
    draft.edge(goesOn.id, residPost, 'residual', norm(goesOn.vector));
  }
  draft.edge(mlpOut, residPost, 'norm', norm(state.mlp.out));
}

/** Puts the lens's answers on a node. */
function finishNode(draft: DraftNode, batch: LensBatch, pass: InspectablePass): FlowNode {
  const { row, junctionNorm, shareFactor: factor, also, ...rest } = draft;
  // Where norms stand on the stream, only the stream itself has a share; single summands have none.
  const shareFactor = pass.streamNormed && NODE_KINDS[draft.kind].role !== 'stream' ? undefined : factor;
  if (row === null) return { ...rest, norm: junctionNorm ?? 0, reading: null, label: '' };
  const reading = readingAt(batch, row, pass);
  const said = { ...rest, norm: batch.norms[row], reading };
  return {
    ...said,
    label: spokenTokens(said)[0]?.text ?? '',
    ...(shareFactor === undefined ? {} : { share: shareFactor * batch.shares[row] }),
    ...(also
      ? { also: also.map((entry) => ({ title: entry.title, norm: batch.norms[entry.row], reading: readingAt(batch, entry.row, pass) })) }
      : {}),
  };
}
