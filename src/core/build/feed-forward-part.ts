/** Nodes and edges of one block's feed-forward layer at one position. Vectors and weights: docs/method.md, "Feed-forward". */
import type { ExpertName } from '../format/component';
import { nodeId } from '../format/node-id';
import { neuronAt, type DenseMlpState, type MixtureMlpState, type MlpState, type PatchedExpert } from '../pass/block-state';
import { norm, orderDescending, rowOf } from '../pass/vector';
import { assertNever } from '../problem';
import { estimated, sumAt, type BlockContext } from './block-context';
import { addPatch, changesWhole, replacement } from './patch-part';
import { addUpdate } from './update-part';
import { notDrawn } from './select';
import type { FlowingVector } from './unread-graph';

/** Whether a block has a feed-forward layer: those of attention alone have one without neurons, which is not drawn. */
export function hasFeedForward(mlp: MlpState): boolean {
  return mlp.coefficients.length > 0;
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
    case 'experts':
      addExperts(context, mlp, reads, mlpOut);
      break;
    default:
      assertNever(mlp);
  }
  addUpdate(context, 'mlp', reads.id, mlpOut);
  if (mlp.raw) {
    const raw = { id: nodeId.mlpRaw(layer), kind: 'mlp_raw', layer, row: graph.addRow(mlp.raw) } as const;
    graph.addBetween(reads.id, raw, mlpOut, norm(mlp.raw), 'norm');
  }
  const whole = estimated(context.effects, (e) => e.mlp);
  if (mlp.patched) {
    const intervention = replacement(context.state, { kind: 'mlp' });
    addPatch(graph, { id: nodeId.mlpPatch(layer), kind: 'mlp_patch', layer, intervention, ...whole }, mlp.patched, mlpOut);
  }
  return graph.addNode({ id: mlpOut, kind: 'mlp_out', layer, row: graph.addRow(mlp.out), shareFactor: 1, ...whole });
}

/** The neurons of a dense layer and its biases, between the nodes `reads` and `arrives`. */
function addNeurons(context: BlockContext, mlp: DenseMlpState, reads: string, arrives: string): void {
  const { graph, layer, state, selection, vectors, effects } = context;
  const { coefficients, biasIn, biasOut } = mlp;
  selection.neurons.forEach((neuron, drawn) => addNeuron(context, mlp, { neuron, drawn, reads, arrives }));
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

/** A neuron that is drawn, as key and value between the nodes `reads` and `arrives`. */
interface DrawnNeuron {
  /** its index among the neurons that are at work */
  readonly neuron: number;
  /** its place among the drawn ones */
  readonly drawn: number;
  readonly reads: string;
  readonly arrives: string;
}

function addNeuron(context: BlockContext, mlp: MlpState, { neuron: index, drawn, reads, arrives }: DrawnNeuron): void {
  const { graph, layer, vectors, effects } = context;
  const d = graph.width;
  const { expert, neuron } = neuronAt(mlp, index);
  const coefficient = mlp.coefficients[index];
  const at = { layer, neuron, coefficient, ...(expert !== undefined && { expert }) } as const;
  const key = rowOf(vectors.neuronKeys, drawn, d);
  const gates = vectors.neuronGates;
  const keyId = graph.addNode({
    id: expert === undefined ? nodeId.neuronKey(layer, neuron) : nodeId.expertNeuronKey(layer, expert, neuron),
    kind: 'neuron_key',
    ...at,
    row: graph.addRow(key),
    ...(gates ? { also: [{ title: 'gate', row: graph.addRow(rowOf(gates, drawn, d)) }] } : {}),
  });
  const valueId = graph.addNode({
    id: expert === undefined ? nodeId.neuronValue(layer, neuron) : nodeId.expertNeuronValue(layer, expert, neuron),
    kind: 'neuron_value',
    ...at,
    row: graph.addRow(rowOf(vectors.neuronValues, drawn, d)),
    shareFactor: coefficient,
    ...estimated(effects, (e) => e.neurons[index]),
  });
  graph.addEdge(reads, keyId, 'norm', norm(key));
  graph.addEdge(keyId, valueId, 'coefficient', coefficient);
  graph.addEdge(valueId, arrives, 'contribution', coefficient * mlp.valueNorms[index]);
}

/** How many times as many experts as are chosen the router lists: those, and the best of the others. */
const LISTED_EXPERTS = 2;

/** A mixture of experts: the router sends what the layer reads to the neurons of those that it chooses, whose outputs are added. */
function addExperts(context: BlockContext, mlp: MixtureMlpState, reads: FlowingVector, arrives: string): void {
  const { graph, layer, state, selection, vectors, effects } = context;
  const chosen = mlp.experts.flatMap(({ expert, weight }) => (expert === 'shared' ? [] : [{ expert, weight }]));
  const weightOf = new Map(chosen.map(({ expert, weight }) => [expert, weight]));
  // Not every router chooses the experts with the highest scores.
  const others = orderDescending(mlp.router).filter((expert) => !weightOf.has(expert));
  const listed = [...weightOf.keys(), ...others].slice(0, LISTED_EXPERTS * chosen.length).sort((a, b) => mlp.router[b] - mlp.router[a]);
  const router = graph.addNode({
    id: nodeId.router(layer),
    kind: 'router',
    layer,
    row: null,
    junctionNorm: norm(reads.vector),
    experts: listed.map((expert) => {
      const weight = weightOf.get(expert);
      return { expert, probability: mlp.router[expert], ...(weight !== undefined && { weight }) };
    }),
  });
  graph.addEdge(reads.id, router, 'norm', norm(reads.vector));
  mlp.experts.forEach(({ expert, weight, first, count }, i) => {
    const id = nodeId.expert(layer, expert);
    const from = expert === 'shared' ? reads.id : router;
    const own = selection.neurons
      .map((neuron, drawn) => ({ neuron, drawn }))
      .filter(({ neuron }) => neuron >= first && neuron < first + count);
    for (const { neuron, drawn } of own) addNeuron(context, mlp, { neuron, drawn, reads: from, arrives: id });
    const drawn = new Set(own.map(({ neuron }) => neuron));
    if (count > drawn.size) {
      const vector = rowOf(vectors.restNeurons, i, graph.width);
      const others = Array.from({ length: count }, (_, n) => first + n).filter((n) => !drawn.has(n));
      const rest = {
        id: nodeId.expertRest(layer, expert),
        kind: 'neuron_rest',
        layer,
        expert,
        count: others.length,
        row: graph.addRow(vector),
        shareFactor: 1,
        ...estimated(effects, (e) => sumAt(e.neurons, others)),
      } as const;
      graph.addBetween(from, rest, id, norm(vector), 'contribution');
    }
    if (mlp.patchedExperts?.has(expert)) return;
    const neurons = Array.from({ length: count }, (_, n) => first + n);
    const effect = changesWhole(state, 'mlp') ? {} : estimated(effects, (e) => sumAt(e.neurons, neurons));
    addExpert(context, expert, { weight, written: rowOf(mlp.expertOut, i, graph.width) }, effect, arrives);
  });
  for (const [expert, patched] of mlp.patchedExperts ?? []) addPatchedExpert(context, expert, patched, arrives);
}

/** What an intervention puts in the place of an expert, which need not be one that the router chooses here. */
function addPatchedExpert(context: BlockContext, expert: ExpertName, patched: PatchedExpert, arrives: string): void {
  const { graph, layer, state, effects } = context;
  const { weight, written, neurons } = patched;
  const own = estimated(effects, (e) => e.replaced.get(expert) ?? Number.NaN);
  const at = {
    id: nodeId.expertPatch(layer, expert),
    kind: 'expert_patch',
    layer,
    expert,
    coefficient: weight,
    ...(neurons && { count: neurons }),
  } as const;
  addPatch(graph, { ...at, intervention: replacement(state, { kind: 'expert', expert }), ...own }, written, nodeId.expert(layer, expert));
  addExpert(context, expert, patched, own, arrives);
}

/** The node of what an expert writes, and its edge to the sum. @param own its effect */
function addExpert(
  { graph, layer }: BlockContext,
  expert: ExpertName,
  { weight, written, neurons }: PatchedExpert,
  own: ReturnType<typeof estimated>,
  arrives: string,
): void {
  const id = nodeId.expert(layer, expert);
  // The vector that the weight multiplies; one that is weighted with 0 writes nothing.
  const output = weight === 0 ? written : written.map((x) => x / weight);
  const count = neurons && { count: neurons };
  graph.addNode({
    id,
    kind: 'expert',
    layer,
    expert,
    coefficient: weight,
    row: graph.addRow(output),
    shareFactor: weight,
    ...count,
    ...own,
  });
  graph.addEdge(id, arrives, 'contribution', norm(written));
}
