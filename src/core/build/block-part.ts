/** Nodes and edges of one block, and of the embeddings before the first. */
import { nodeId } from '../format/node-id';
import type { BlockEffectsAt, GraphEffects } from '../pass/effects';
import type { InspectablePass } from '../pass/inspectable-pass';
import { norm, rowOf } from '../pass/vector';
import { addAttention } from './attention-part';
import { estimated, type BlockContext } from './block-context';
import { addFeedForward, hasFeedForward } from './feed-forward-part';
import type { FlowingVector, UnreadGraph } from './unread-graph';

/** Adds token and position embedding, the two summands of the first block's input. */
export function addEmbeddings(
  graph: UnreadGraph,
  pass: InspectablePass,
  { position, effects }: { readonly position: number; readonly effects?: GraphEffects },
): void {
  const into = nodeId.residPre(0);
  const add = (id: string, kind: 'embed' | 'pos_embed', matrix: Float32Array, effect: number | undefined, raw?: Float32Array): void => {
    const vector = rowOf(matrix, position, graph.width);
    const also = raw ? { also: [{ title: 'before the norm', row: graph.addRow(rowOf(raw, position, graph.width)) }] } : {};
    const known = effect !== undefined && !Number.isNaN(effect) && { effect: { value: effect, how: 'estimated' as const } };
    graph.addNode({ id, kind, layer: -1, row: graph.addRow(vector), shareFactor: 1, ...also, ...known });
    graph.addEdge(id, into, 'norm', norm(vector));
  };
  add(nodeId.embed, 'embed', pass.embed, effects?.embeddings?.embed, pass.embedRaw);
  if (pass.posEmbed) add(nodeId.posEmbed, 'pos_embed', pass.posEmbed, effects?.embeddings?.posEmbed);
}

/** Adds one block: stream, attention, feed-forward. Consecutive blocks share the stream between them. */
export function addBlock(context: BlockContext): void {
  const { graph, layer, first, streamNormed, effects } = context;
  const { residPre, residMid, attention, mlp } = context.state;
  const entering = { id: first ? nodeId.residPre(layer) : nodeId.residPost(layer - 1), vector: residPre };
  const addStream = (id: string, kind: 'resid_pre' | 'resid_mid' | 'resid_post', row: number, of: (e: BlockEffectsAt) => number) =>
    graph.addNode({ id, kind, layer, row, shareFactor: 1, ...estimated(effects, of) });
  // The stream at the borders of blocks is read anyway, each border once.
  if (first) addStream(entering.id, 'resid_pre', layer, (e) => e.residPre);
  const addNorm = (id: string, kind: 'ln1' | 'ln2', from: FlowingVector, vector: Float32Array): FlowingVector => {
    graph.addNode({ id, kind, layer, row: graph.addRow(vector) });
    graph.addEdge(from.id, id, 'norm', norm(from.vector));
    return { id, vector };
  };
  const toAttention = attention.ln && !streamNormed ? addNorm(nodeId.ln1(layer), 'ln1', entering, attention.ln) : entering;
  const attnOut = addAttention(context, toAttention);

  // A parallel block has no stream between its branches: both read resid_pre, and both arrive in resid_post.
  const after = nodeId.residPost(layer);
  const join = residMid ? nodeId.residMid(layer) : after;
  if (residMid) addStream(join, 'resid_mid', graph.addRow(residMid), (e) => e.residMid);
  graph.addEdge(entering.id, join, 'residual', norm(residPre));
  graph.addEdge(attnOut, join, 'norm', norm(attention.out));
  const between = residMid ? { id: join, vector: residMid } : entering;
  // If norms are applied to the stream itself, the first one comes before the feed-forward layer, and its output is the new stream.
  const onStream = streamNormed && attention.ln ? addNorm(nodeId.ln1(layer), 'ln2', between, attention.ln) : null;
  const beforeMlp = onStream ?? (mlp.ln ? addNorm(nodeId.ln2(layer), 'ln2', between, mlp.ln) : null);
  // Without a norm of its own, the feed-forward layer of a parallel block reads what attention reads.
  const toMlp = beforeMlp ?? (residMid ? between : toAttention);
  const mlpOut = hasFeedForward(mlp) ? addFeedForward(context, toMlp) : null;
  addStream(after, 'resid_post', layer + 1, (e) => e.residPost);
  if (residMid) {
    const goesOn = onStream ?? between;
    graph.addEdge(goesOn.id, after, 'residual', norm(goesOn.vector));
  }
  if (mlpOut !== null) graph.addEdge(mlpOut, after, 'norm', norm(mlp.out));
}
