/** Nodes and edges of one block's feed-forward layer at one position. Vectors and weights: docs/method.md, "Feed-forward". */
import { norm, rowOf } from '../pass/vector';
import type { DrawnVector, GraphDraft } from './flow-graph-builder';
import { nodeId } from '../format/node-id';
import { changesWhole, draftPatch } from './patch-part';
import type { BlockSelection, BlockState, SelectedVectors } from '../pass/block-state';

/** Draws from what the neurons read (already a node) to `mlp_out`, which is added and whose id is returned. */
export function draftFeedForward(
  draft: GraphDraft,
  layer: number,
  { id: reads }: DrawnVector,
  state: BlockState,
  selection: BlockSelection,
  vectors: SelectedVectors,
): string {
  const d = draft.width;
  const mlpOut = nodeId.mlpOut(layer);
  const arrives = state.mlp.raw ? nodeId.mlpRaw(layer) : mlpOut;
  selection.neurons.forEach((neuron, i) => {
    const coefficient = state.mlp.coefficients[neuron];
    const at = { layer, neuron, coefficient } as const;
    const key = rowOf(vectors.neuronKeys, i, d);
    const gates = vectors.neuronGates;
    const keyId = draft.node({
      id: nodeId.neuronKey(layer, neuron),
      kind: 'neuron_key',
      ...at,
      row: draft.row(key),
      ...(gates ? { also: [{ title: 'gate', row: draft.row(rowOf(gates, i, d)) }] } : {}),
    });
    const valueId = draft.node({
      id: nodeId.neuronValue(layer, neuron),
      kind: 'neuron_value',
      ...at,
      row: draft.row(rowOf(vectors.neuronValues, i, d)),
      shareFactor: coefficient,
    });
    draft.edge(reads, keyId, 'norm', norm(key));
    draft.edge(keyId, valueId, 'coefficient', coefficient);
    draft.edge(valueId, arrives, 'contribution', coefficient * state.mlp.valueNorms[neuron]);
  });
  const others = state.mlp.coefficients.length - selection.neurons.length;
  if (others > 0) {
    const row = draft.row(vectors.restNeurons);
    const rest = { id: nodeId.neuronRest(layer), kind: 'neuron_rest', layer, count: others, row, shareFactor: 1 } as const;
    draft.via(reads, rest, arrives, norm(vectors.restNeurons), 'contribution');
  }
  if (state.mlp.biasIn) {
    // As VISIT draws it. No summand: the non-linearity stands between b_1 and W_2, so it has no share.
    const bias = { id: nodeId.mlpBiasIn(layer), kind: 'mlp_bias_in', layer, row: draft.row(state.mlp.biasIn) } as const;
    draft.via(reads, bias, arrives, norm(state.mlp.biasIn), 'norm');
  }
  if (state.mlp.biasOut) {
    const factor = changesWhole(state, 'mlp') ? 0 : 1;
    const bias = {
      id: nodeId.mlpBiasOut(layer),
      kind: 'mlp_bias_out',
      layer,
      row: draft.row(state.mlp.biasOut),
      shareFactor: factor,
    } as const;
    draft.via(reads, bias, arrives, factor * norm(state.mlp.biasOut), 'norm');
  }
  if (state.mlp.raw) {
    draft.node({ id: arrives, kind: 'mlp_raw', layer, row: draft.row(state.mlp.raw) });
    draft.edge(arrives, mlpOut, 'norm', norm(state.mlp.raw));
  }
  const put = state.mlp.patched;
  if (put) draftPatch(draft, { id: nodeId.mlpPatch(layer), kind: 'mlp_patch', layer }, put, mlpOut);
  return draft.node({ id: mlpOut, kind: 'mlp_out', layer, row: draft.row(state.mlp.out), shareFactor: 1 });
}
