/** Nodes and edges of one block's attention at one position. Vectors and weights: docs/method.md, "Attention". */
import { norm, rowOf, sumRows } from '../pass/vector';
import type { DrawnVector, GraphDraft } from './flow-graph-builder';
import { nodeId } from '../format/node-id';
import { changesWhole, draftPatch } from './patch-part';
import type { BlockSelection, BlockState, SelectedVectors } from '../pass/block-state';
import { notDrawn } from './select';

/** Draws from what attention reads (already a node) to `attn_out`, which is added and whose id is returned. */
export function draftAttention(
  draft: GraphDraft,
  layer: number,
  reads: DrawnVector,
  position: number,
  nHeads: number,
  state: BlockState,
  selection: BlockSelection,
  vectors: SelectedVectors,
): string {
  const d = draft.width;
  const everyHead = Array.from({ length: nHeads }, (_, h) => h);
  const query = draft.node({
    id: nodeId.query(layer),
    kind: 'q',
    layer,
    row: draft.row(sumRows(state.attention.query, everyHead, d)),
  });
  draft.edge(reads.id, query, 'norm', norm(reads.vector));

  const concat = nodeId.concat(layer);
  let pair = 0;
  selection.heads.forEach((h, i) => {
    const headQuery = rowOf(state.attention.query, h, d);
    const from = draft.node({
      id: nodeId.headQuery(layer, h),
      kind: 'head_query',
      layer,
      head: h,
      row: draft.row(headQuery),
      also: [
        { title: 'own key, for later tokens', row: draft.row(rowOf(state.attention.ownKey, h, d)) },
        { title: 'own value, for later tokens', row: draft.row(rowOf(state.attention.ownValue, h, d)) },
      ],
    });
    draft.edge(query, from, 'norm', norm(headQuery));

    const out = nodeId.headOut(layer, h);
    const nTokens = state.attention.pattern.length / nHeads;
    const pattern = rowOf(state.attention.pattern, h, nTokens).subarray(0, position + 1);
    // A source, or a head, that has been switched off is looked at as before but has no say.
    const weights = rowOf(state.attention.weights ?? state.attention.pattern, h, nTokens);
    for (const source of selection.sources[i]) {
      const attention = pattern[source];
      const at = { layer, head: h, source, attention } as const;
      const value = rowOf(vectors.values, pair, d);
      const keyId = draft.node({
        id: nodeId.headKey(layer, h, source),
        kind: 'head_key',
        ...at,
        row: draft.row(rowOf(vectors.keys, pair, d)),
      });
      const valueId = draft.node({
        id: nodeId.headValue(layer, h, source),
        kind: 'head_value',
        ...at,
        row: draft.row(value),
        shareFactor: weights[source],
      });
      draft.edge(from, keyId, 'attention', attention, attention);
      draft.edge(keyId, valueId, 'attention', attention, attention);
      draft.edge(valueId, out, 'contribution', weights[source] * norm(value), attention);
      pair++;
    }

    const others = notDrawn(position + 1, selection.sources[i]);
    if (others.length > 0) {
      const attention = Math.min(
        1,
        others.reduce((sum, j) => sum + pattern[j], 0),
      );
      const rest = rowOf(vectors.restSources, i, d);
      const id = draft.node({
        id: nodeId.headRest(layer, h),
        kind: 'head_rest',
        layer,
        head: h,
        attention,
        count: others.length,
        row: draft.row(rest),
        shareFactor: 1,
      });
      draft.edge(from, id, 'attention', attention, attention);
      draft.edge(id, out, 'contribution', norm(rest), attention);
    }

    const put = state.attention.patchedHeads?.get(h);
    if (put) draftPatch(draft, { id: nodeId.headPatch(layer, h), kind: 'head_patch', layer, head: h }, put, out);

    const headOut = rowOf(state.attention.headOut, h, d);
    draft.node({ id: out, kind: 'head_out', layer, head: h, row: draft.row(headOut), shareFactor: 1 });
    draft.edge(out, concat, 'norm', norm(headOut));
  });

  const otherHeads = notDrawn(nHeads, selection.heads);
  if (otherHeads.length > 0) {
    const rest = draft.node({
      id: nodeId.headsRest(layer),
      kind: 'heads_rest',
      layer,
      count: otherHeads.length,
      row: draft.row(vectors.restHeads),
      shareFactor: 1,
    });
    draft.edge(query, rest, 'norm', norm(sumRows(state.attention.query, otherHeads, d)));
    draft.edge(rest, concat, 'norm', norm(vectors.restHeads));
  }
  draft.node({ id: concat, kind: 'concat', layer, row: null, junctionNorm: norm(state.attention.z) });
  return draftOutputProjection(draft, layer, state, selection, vectors);
}

/** From the concatenated heads through the rows of W_O and the output bias to `attn_out`. */
function draftOutputProjection(
  draft: GraphDraft,
  layer: number,
  state: BlockState,
  selection: BlockSelection,
  vectors: SelectedVectors,
): string {
  const concat = nodeId.concat(layer);
  const attnOut = nodeId.attnOut(layer);
  // A norm behind attention is held fixed, so what arrives in front of it sums to what leaves it.
  const arrives = state.attention.raw ? nodeId.attnRaw(layer) : attnOut;
  selection.oNeurons.forEach((neuron, i) => {
    const coefficient = state.attention.z[neuron];
    const id = draft.node({
      id: nodeId.oNeuron(layer, neuron),
      kind: 'o_neuron',
      layer,
      neuron,
      coefficient,
      head: Math.floor(neuron / (state.attention.z.length / (state.attention.headOut.length / draft.width))),
      row: draft.row(rowOf(vectors.oRows, i, draft.width)),
      shareFactor: coefficient,
    });
    draft.edge(concat, id, 'coefficient', coefficient);
    draft.edge(id, arrives, 'contribution', coefficient * state.attention.rowNorms[neuron]);
  });
  const others = state.attention.z.length - selection.oNeurons.length;
  if (others > 0) {
    const rest = { id: nodeId.oRest(layer), kind: 'o_rest', layer, count: others, row: draft.row(vectors.restO), shareFactor: 1 } as const;
    draft.via(concat, rest, arrives, norm(vectors.restO), 'contribution');
  }
  if (state.attention.bias) {
    const factor = changesWhole(state, 'attention') ? 0 : 1;
    const bias = {
      id: nodeId.attnBias(layer),
      kind: 'attn_bias',
      layer,
      row: draft.row(state.attention.bias),
      shareFactor: factor,
    } as const;
    draft.via(concat, bias, arrives, factor * norm(state.attention.bias), 'norm');
  }
  if (state.attention.raw) {
    draft.node({ id: arrives, kind: 'attn_raw', layer, row: draft.row(state.attention.raw) });
    draft.edge(arrives, attnOut, 'norm', norm(state.attention.raw));
  }
  const put = state.attention.patched;
  if (put) draftPatch(draft, { id: nodeId.attnPatch(layer), kind: 'attn_patch', layer }, put, attnOut);
  return draft.node({ id: attnOut, kind: 'attn_out', layer, row: draft.row(state.attention.out), shareFactor: 1 });
}
