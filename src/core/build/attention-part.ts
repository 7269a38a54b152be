/** Nodes and edges of one block's attention at one position. Vectors and weights: docs/method.md, "Attention". */
import { nodeId } from '../format/node-id';
import type { BlockEffectsAt } from '../pass/effects';
import { norm, rowOf, sumRows } from '../pass/vector';
import { estimated, sumAt, type BlockContext } from './block-context';
import { addPatch, changesWhole, replacement } from './patch-part';
import { addUpdate } from './update-part';
import { notDrawn } from './select';
import type { FlowingVector } from './unread-graph';

/** Adds everything from what attention reads (already a node) to `attn_out`, whose id is returned. */
export function addAttention(context: BlockContext, reads: FlowingVector): string {
  const { graph, layer, selection, vectors, effects } = context;
  const { query: queries, z } = context.state.attention;
  const { nHeads } = context.model;
  const everyHead = Array.from({ length: nHeads }, (_, h) => h);
  const query = graph.addNode({
    id: nodeId.query(layer),
    kind: 'q',
    layer,
    row: graph.addRow(sumRows(queries, everyHead, graph.width)),
  });
  graph.addEdge(reads.id, query, 'norm', norm(reads.vector));

  const concat = nodeId.concat(layer);
  let pair = 0;
  selection.heads.forEach((head, drawn) => {
    addHead(context, { head, drawn, firstPair: pair, query, concat });
    pair += selection.sources[drawn].length;
  });
  const otherHeads = notDrawn(nHeads, selection.heads);
  if (otherHeads.length > 0) {
    const rest = graph.addNode({
      id: nodeId.headsRest(layer),
      kind: 'heads_rest',
      layer,
      count: otherHeads.length,
      row: graph.addRow(vectors.restHeads),
      shareFactor: 1,
      ...estimated(effects, (e) => sumAt(e.heads, otherHeads)),
    });
    graph.addEdge(query, rest, 'norm', norm(sumRows(queries, otherHeads, graph.width)));
    graph.addEdge(rest, concat, 'norm', norm(vectors.restHeads));
  }
  graph.addNode({ id: concat, kind: 'concat', layer, row: null, junctionNorm: norm(z) });
  return addOutputProjection(context, concat);
}

/** A head that is drawn. */
interface DrawnHead {
  readonly head: number;
  /** its place among the drawn heads */
  readonly drawn: number;
  /** row of its first source among the selection's pairs */
  readonly firstPair: number;
  /** ids of the nodes that it lies between */
  readonly query: string;
  readonly concat: string;
}

/** From the query of all heads through one head's sources to its output. */
function addHead(context: BlockContext, { head, drawn, firstPair, query, concat }: DrawnHead): void {
  const { graph, layer, position, selection, vectors, effects } = context;
  const { attention } = context.state;
  const effectOfSource = (source: number) => (e: BlockEffectsAt) => e.sources[head * (position + 1) + source];
  const d = graph.width;
  const ownQuery = rowOf(attention.query, head, d);
  const from = graph.addNode({
    id: nodeId.headQuery(layer, head),
    kind: 'head_query',
    layer,
    head,
    row: graph.addRow(ownQuery),
    also: [
      { title: 'own key, for later tokens', row: graph.addRow(rowOf(attention.ownKey, head, d)), like: 'head_key' },
      { title: 'own value, for later tokens', row: graph.addRow(rowOf(attention.ownValue, head, d)), like: 'head_value' },
    ],
  });
  graph.addEdge(query, from, 'norm', norm(ownQuery));

  const out = nodeId.headOut(layer, head);
  const nTokens = attention.pattern.length / context.model.nHeads;
  const pattern = rowOf(attention.pattern, head, nTokens).subarray(0, position + 1);
  // A source, or a head, that has been switched off is still read, but adds nothing.
  const weights = rowOf(attention.weights ?? attention.pattern, head, nTokens);
  selection.sources[drawn].forEach((source, i) => {
    const probability = pattern[source];
    const at = { layer, head, source, attention: probability } as const;
    const value = rowOf(vectors.values, firstPair + i, d);
    const keyId = graph.addNode({
      id: nodeId.headKey(layer, head, source),
      kind: 'head_key',
      ...at,
      row: graph.addRow(rowOf(vectors.keys, firstPair + i, d)),
    });
    const valueId = graph.addNode({
      id: nodeId.headValue(layer, head, source),
      kind: 'head_value',
      ...at,
      row: graph.addRow(value),
      shareFactor: weights[source],
      ...estimated(effects, effectOfSource(source)),
    });
    graph.addEdge(from, keyId, 'attention', probability, probability);
    graph.addEdge(keyId, valueId, 'attention', probability, probability);
    graph.addEdge(valueId, out, 'contribution', weights[source] * norm(value), probability);
  });

  const others = notDrawn(position + 1, selection.sources[drawn]);
  if (others.length > 0) {
    const probability = Math.min(
      1,
      others.reduce((sum, j) => sum + pattern[j], 0),
    );
    const rest = rowOf(vectors.restSources, drawn, d);
    // Whatever of the head is not in a drawn source: with a shorter prompt as baseline also those that have no partner.
    const inSources = (e: BlockEffectsAt) =>
      selection.sources[drawn].reduce((sum, source) => sum + (effectOfSource(source)(e) || 0), 0) +
      (attention.patchedHeads?.has(head) ? e.heads[head] : 0);
    const id = graph.addNode({
      id: nodeId.headRest(layer, head),
      kind: 'head_rest',
      layer,
      head,
      attention: probability,
      count: others.length,
      row: graph.addRow(rest),
      shareFactor: 1,
      ...estimated(effects, (e) => e.heads[head] - inSources(e)),
    });
    graph.addEdge(from, id, 'attention', probability, probability);
    graph.addEdge(id, out, 'contribution', norm(rest), probability);
  }

  const patched = attention.patchedHeads?.get(head);
  const own = estimated(effects, (e) => e.heads[head]);
  if (patched) {
    const intervention = replacement(context.state, { kind: 'head', head });
    addPatch(graph, { id: nodeId.headPatch(layer, head), kind: 'head_patch', layer, head, intervention, ...own }, patched, out);
  }

  const headOut = rowOf(attention.headOut, head, d);
  const sink = context.model.sinks && { sink: Math.max(0, 1 - pattern.reduce((sum, probability) => sum + probability, 0)) };
  graph.addNode({ id: out, kind: 'head_out', layer, head, row: graph.addRow(headOut), shareFactor: 1, ...sink, ...own });
  graph.addEdge(out, concat, 'norm', norm(headOut));
}

/** From the concatenated heads through the rows of W_O and the output bias to `attn_out`. */
function addOutputProjection(context: BlockContext, concat: string): string {
  const { graph, layer, state, selection, vectors, effects } = context;
  const { z, rowNorms, bias, raw, out, patched } = state.attention;
  // Where a norm follows, what is drawn as written has passed it: it adds up to what leaves the norm, not to what enters it.
  const attnOut = nodeId.attnOut(layer);
  const dHead = z.length / context.model.nHeads;
  selection.oNeurons.forEach((neuron, i) => {
    const coefficient = z[neuron];
    const id = graph.addNode({
      id: nodeId.oNeuron(layer, neuron),
      kind: 'o_neuron',
      layer,
      neuron,
      coefficient,
      head: Math.floor(neuron / dHead),
      row: graph.addRow(rowOf(vectors.oRows, i, graph.width)),
      shareFactor: coefficient,
      ...estimated(effects, (e) => e.rows[neuron]),
    });
    graph.addEdge(concat, id, 'coefficient', coefficient);
    graph.addEdge(id, attnOut, 'contribution', coefficient * rowNorms[neuron]);
  });
  const others = z.length - selection.oNeurons.length;
  if (others > 0) {
    const row = graph.addRow(vectors.restO);
    const effect = estimated(effects, (e) => sumAt(e.rows, notDrawn(z.length, selection.oNeurons)));
    const rest = { id: nodeId.oRest(layer), kind: 'o_rest', layer, count: others, row, shareFactor: 1, ...effect } as const;
    graph.addBetween(concat, rest, attnOut, norm(vectors.restO), 'contribution');
  }
  if (bias) {
    const factor = changesWhole(state, 'attention') ? 0 : 1;
    const effect = estimated(effects, (e) => factor * e.biases.attention(bias));
    const node = { id: nodeId.attnBias(layer), kind: 'attn_bias', layer, row: graph.addRow(bias), shareFactor: factor, ...effect } as const;
    graph.addBetween(concat, node, attnOut, factor * norm(bias), 'norm');
  }
  addUpdate(context, 'attention', concat, attnOut);
  if (raw) {
    const before = { id: nodeId.attnRaw(layer), kind: 'attn_raw', layer, row: graph.addRow(raw) } as const;
    graph.addBetween(concat, before, attnOut, norm(raw), 'norm');
  }
  const whole = estimated(effects, (e) => e.attention);
  if (patched) {
    const intervention = replacement(state, { kind: 'attention' });
    addPatch(graph, { id: nodeId.attnPatch(layer), kind: 'attn_patch', layer, intervention, ...whole }, patched, attnOut);
  }
  return graph.addNode({ id: attnOut, kind: 'attn_out', layer, row: graph.addRow(out), shareFactor: 1, ...whole });
}
