/** Nodes and edges of one block's feed-forward layer at one position. Vectors and weights: docs/method.md, "Feed-forward". */
import { nodeId } from '../format/node-id';
import type { DenseMlpState, MlpState } from '../pass/block-state';
import { norm, rowOf } from '../pass/vector';
import { assertNever } from '../problem';
import { estimated, sumAt, type BlockContext } from './block-context';
import { addPatch, changesWhole, replacement } from './patch-part';
import { notDrawn } from './select';
import type { FlowingVector } from './unread-graph';

/** Whether a block has a feed-forward layer: those of attention alone have one without neurons, which is not drawn. */
export function hasFeedForward(mlp: MlpState): boolean {
  switch (mlp.kind) {
    case 'dense':
      return mlp.coefficients.length > 0;
    default:
      return assertNever(mlp.kind);
  }
}

/** Adds everything from what the layer reads (already a node) to `mlp_out`, whose id is returned. */
export function addFeedForward(context: BlockContext, reads: FlowingVector): string {
  const { graph, layer } = context;
  const { mlp } = context.state;
  // Where a norm follows, what is drawn as written has passed it: it adds up to what leaves the norm, not to what enters it.
  const mlpOut = nodeId.mlpOut(layer);
  switch (mlp.kind) {
    case 'dense':
      addNeurons(context, mlp, reads.id, mlpOut);
      break;
    default:
      assertNever(mlp.kind);
  }
  if (mlp.raw) {
    const raw = { id: nodeId.mlpRaw(layer), kind: 'mlp_raw', layer, row: graph.addRow(mlp.raw) } as const;
    graph.addBetween(reads.id, raw, mlpOut, norm(mlp.raw), 'norm');
  }
  const whole = estimated(context.effects, (e) => e.mlp);
  if (mlp.patched) {
    const intervention = replacement(context.state, 'mlp');
    addPatch(graph, { id: nodeId.mlpPatch(layer), kind: 'mlp_patch', layer, intervention, ...whole }, mlp.patched, mlpOut);
  }
  return graph.addNode({ id: mlpOut, kind: 'mlp_out', layer, row: graph.addRow(mlp.out), shareFactor: 1, ...whole });
}

/** The neurons of a dense layer and its biases, between the nodes `reads` and `arrives`. */
function addNeurons(context: BlockContext, mlp: DenseMlpState, reads: string, arrives: string): void {
  const { graph, layer, state, selection, vectors, effects } = context;
  const d = graph.width;
  const { coefficients, valueNorms, biasIn, biasOut } = mlp;
  const gates = vectors.neuronGates;
  selection.neurons.forEach((neuron, i) => {
    const coefficient = coefficients[neuron];
    const at = { layer, neuron, coefficient } as const;
    const key = rowOf(vectors.neuronKeys, i, d);
    const keyId = graph.addNode({
      id: nodeId.neuronKey(layer, neuron),
      kind: 'neuron_key',
      ...at,
      row: graph.addRow(key),
      ...(gates ? { also: [{ title: 'gate', row: graph.addRow(rowOf(gates, i, d)) }] } : {}),
    });
    const valueId = graph.addNode({
      id: nodeId.neuronValue(layer, neuron),
      kind: 'neuron_value',
      ...at,
      row: graph.addRow(rowOf(vectors.neuronValues, i, d)),
      shareFactor: coefficient,
      ...estimated(effects, (e) => e.neurons[neuron]),
    });
    graph.addEdge(reads, keyId, 'norm', norm(key));
    graph.addEdge(keyId, valueId, 'coefficient', coefficient);
    graph.addEdge(valueId, arrives, 'contribution', coefficient * valueNorms[neuron]);
  });
  const others = coefficients.length - selection.neurons.length;
  if (others > 0) {
    const row = graph.addRow(vectors.restNeurons);
    const effect = estimated(effects, (e) => sumAt(e.neurons, notDrawn(coefficients.length, selection.neurons)));
    const rest = { id: nodeId.neuronRest(layer), kind: 'neuron_rest', layer, count: others, row, shareFactor: 1, ...effect } as const;
    graph.addBetween(reads, rest, arrives, norm(vectors.restNeurons), 'contribution');
  }
  if (biasIn) {
    // As VISIT draws it. No summand: the non-linearity stands between b_1 and W_2, so it has no share.
    const bias = { id: nodeId.mlpBiasIn(layer), kind: 'mlp_bias_in', layer, row: graph.addRow(biasIn) } as const;
    graph.addBetween(reads, bias, arrives, norm(biasIn), 'norm');
  }
  if (biasOut) {
    const factor = changesWhole(state, 'mlp') ? 0 : 1;
    const effect = estimated(effects, (e) => factor * e.biases.mlp(biasOut));
    const bias = {
      id: nodeId.mlpBiasOut(layer),
      kind: 'mlp_bias_out',
      layer,
      row: graph.addRow(biasOut),
      shareFactor: factor,
      ...effect,
    } as const;
    graph.addBetween(reads, bias, arrives, factor * norm(biasOut), 'norm');
  }
}
