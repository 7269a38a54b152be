/** The vectors of what is drawn of a block, computed from what its heads can read. */
import type { ExpertName } from '../../core/format/component';
import {
  neuronAt,
  type BlockSelection,
  type BlockState,
  type MixtureMlpState,
  type MlpState,
  type SelectedVectors,
} from '../../core/pass/block-state';
import { joined } from '../../core/pass/vector';
import { attentionWidths } from '../../model/architecture/model-spec';
import type { SourceEdit } from '../interventions/block-edit';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats, indices, type Feed } from '../onnx/session-pool';

/** A block, and what its heads can read. */
export interface EnteredBlock {
  readonly layer: number;
  /** keys and values up to and including the position under study, see `sourceFeeds` */
  readonly sources: Readonly<Record<string, Feed>>;
  /** how many positions that are */
  readonly seen: number;
  /** T, the number of positions of the whole prompt */
  readonly length: number;
}

/** What the block computed at the position under study, and which sources of its heads are edited there. */
export interface StudiedBlock {
  readonly state: BlockState;
  readonly sourceEdits: readonly SourceEdit[];
}

/** See `InspectablePass.vectors`. @throws Problem `out-of-memory` */
export async function selectedVectors(
  graphs: ModelGraphs,
  block: EnteredBlock,
  selection: BlockSelection,
  { state, sourceEdits }: StudiedBlock,
): Promise<SelectedVectors> {
  const { heads, sources, oNeurons, neurons } = selection;
  const { layer, seen, length: T } = block;
  const { dValue } = attentionWidths(graphs.spec.blocks[layer].attention);
  const { dModel } = graphs.spec;
  const pairHeads = heads.flatMap((head, i) => (sources[i] ?? []).map(() => head));
  const weights = state.attention.weights ?? state.attention.pattern;
  const patchedSources = sourceEdits.flatMap(({ head, source, patched }) => (patched ? [{ head, source, patched }] : []));
  const restAttention = heads.map((head, i) => {
    const others = patchedSources.filter((each) => each.head === head).map(({ source }) => source);
    return without(weights.subarray(head * T, head * T + seen), [...(sources[i] ?? []), ...others]);
  });
  const channelsOfHeads = heads.flatMap((head) => Array.from({ length: dValue }, (_, i) => head * dValue + i));
  const oneRow = (data: Float32Array) => floats(data, [1, data.length]);
  const unscaled = new Float32Array(dModel).fill(1);

  const feeds = {
    ...block.sources,
    pair_heads: indices(pairHeads),
    pair_sources: indices(sources.flat()),
    heads: indices(heads),
    rest_attention: floats(joined(restAttention), [heads.length, seen]),
    rest_heads: oneRow(without(state.attention.z, channelsOfHeads)),
    rest_o: oneRow(without(state.attention.z, oNeurons)),
    o_neurons: indices(oNeurons),
    neurons: indices(neurons.map((index) => neuronAt(state.mlp, index).neuron)),
    rest_neurons: oneRow(without(state.mlp.coefficients, neurons)),
    attn_scale: oneRow(state.attention.scale ?? unscaled),
    mlp_scale: oneRow(state.mlp.scale ?? unscaled),
    ...ofExperts(state.mlp, neurons),
  };
  const results = await graphs.select(layer, (run) => run(feeds));
  const [values, restSources] = [results.floats('values'), results.floats('restSources')];
  for (const { head, source, patched } of patchedSources) {
    const z = new Float32Array(state.attention.z.length);
    z.set(patched.value, head * dValue);
    const written = (await graphs.select(layer, (run) => run({ ...feeds, rest_heads: oneRow(z) }))).floats('restHeads');
    let pair = 0;
    heads.forEach((drawn, i) => {
      const at = drawn === head ? (sources[i] ?? []).indexOf(source) : -1;
      if (at >= 0) values.set(written, (pair + at) * written.length);
      else if (drawn === head) written.forEach((x, c) => (restSources[i * written.length + c] += weights[head * T + source] * x));
      pair += sources[i]?.length ?? 0;
    });
  }
  return {
    keys: results.floats('keys'),
    values,
    restSources,
    restHeads: results.floats('restHeads'),
    oRows: results.floats('oRows'),
    restO: results.floats('restO'),
    neuronKeys: results.floats('neuronKeys'),
    ...(results.names.includes('neuronGates') && { neuronGates: results.floats('neuronGates') }),
    neuronValues: results.floats('neuronValues'),
    restNeurons: results.floats('restNeurons'),
  };
}

/** Which experts are at work, and which each neuron is of; nothing of a dense layer. */
function ofExperts(mlp: MlpState, neurons: readonly number[]): Readonly<Record<string, Feed>> {
  if (mlp.kind === 'dense') return {};
  const numberOf = (expert: ExpertName | undefined) => (typeof expert === 'number' ? expert : mlp.router.length);
  return { experts: chosenExperts(mlp), neuron_experts: indices(neurons.map((index) => numberOf(neuronAt(mlp, index).expert))) };
}

/** [K] */
export function chosenExperts({ experts }: MixtureMlpState): Feed {
  return indices(experts.flatMap(({ expert }) => (expert === 'shared' ? [] : [expert])));
}

/** A copy with the entries at `drawn` set to 0: what is left out of the drawing. */
function without(values: Float32Array, drawn: readonly number[]): Float32Array {
  const rest = values.slice();
  for (const index of drawn) rest[index] = 0;
  return rest;
}
