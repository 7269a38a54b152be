/** The weights as a file holds them, where it holds them otherwise than models of the family do that transformers has saved. */
import type { StoredTensor } from '../checkpoint/checkpoint';
import { partOfLayer, type PartOfLayer } from '../checkpoint/layer-parts';
import {
  isMixture,
  type BlockSpec,
  type BottleneckSpec,
  type FeedForwardSpec,
  type LinearSpec,
  type MlpSpec,
  type ModelSpec,
  type NormSpec,
} from './model-spec';
import { storedTensor } from './stacked-tensors';

/**
 * A description that names the tensors that are there: where a family has several layers in one tensor and the file has each in its own,
 * each is read alone; a matrix that is stored the other way round is read so; a norm whose whole gain is stored adds nothing to it.
 */
export function asStored(spec: ModelSpec, tensors: ReadonlyMap<string, StoredTensor>): ModelSpec {
  const norm = (given: NormSpec): NormSpec => {
    if (given.gain === undefined || !tensors.get(given.gain.tensor)?.isWholeGain) return given;
    const { gainOffset: _stored, ...whole } = given;
    return whole;
  };
  const layer = (given: LinearSpec, role?: PartOfLayer): LinearSpec => {
    const { weight, bias } = role === undefined ? given : alone(given, role, tensors);
    const stored = storedTensor(tensors, weight.tensor);
    // What is packed is packed as [outputs, inputs], whatever the family.
    const isTurned = stored?.storage.kind === 'packed' ? weight.layout === 'in_out' : stored?.isTransposed;
    return {
      weight: isTurned ? { ...weight, layout: weight.layout === 'in_out' ? 'out_in' : 'in_out' } : weight,
      ...(bias && { bias }),
    };
  };
  const bottleneck = (given: BottleneckSpec): BottleneckSpec => ({
    layer: layer(given.layer),
    ...(given.norm && { norm: norm(given.norm) }),
  });
  const norms = (of: Partial<Record<'ln1' | 'ln1Post' | 'ln2' | 'ln2Post', NormSpec>>) =>
    Object.fromEntries(Object.entries(of).map(([place, given]) => [place, norm(given)]));
  const dense = (mlp: MlpSpec): MlpSpec => ({
    ...mlp,
    ...(mlp.gate && { gate: layer(mlp.gate, 'gate') }),
    up: layer(mlp.up, 'up'),
    down: layer(mlp.down),
  });
  const feedForward = (mlp: FeedForwardSpec): FeedForwardSpec =>
    isMixture(mlp)
      ? { ...mlp, experts: mlp.experts.map(dense), ...(mlp.shared && { shared: { ...mlp.shared, mlp: dense(mlp.shared.mlp) } }) }
      : dense(mlp);
  const block = ({ ln1, ln1Post, ln2, ln2Post, attention, mlp, ...rest }: BlockSpec): BlockSpec => ({
    ...rest,
    ...norms({ ...(ln1 && { ln1 }), ...(ln1Post && { ln1Post }), ...(ln2 && { ln2 }), ...(ln2Post && { ln2Post }) }),
    attention: {
      ...attention,
      q: layer(attention.q, 'q'),
      k: layer(attention.k, 'k'),
      v: layer(attention.v, 'v'),
      o: layer(attention.o),
      ...(attention.qBottleneck && { qBottleneck: bottleneck(attention.qBottleneck) }),
      ...(attention.kvBottleneck && { kvBottleneck: bottleneck(attention.kvBottleneck) }),
      ...(attention.sharedKey && { sharedKey: layer(attention.sharedKey) }),
      ...(attention.qNorm && { qNorm: attention.qNorm.map(norm) }),
      ...(attention.kNorm && { kNorm: attention.kNorm.map(norm) }),
    },
    mlp: feedForward(mlp),
  });
  const { unembedding } = spec;
  return {
    ...spec,
    blocks: spec.blocks.map(block),
    unembedding: { ...unembedding, ...(unembedding.norm && { norm: norm(unembedding.norm) }) },
  };
}

/** A layer that is a part of a tensor, in a tensor of its own where the file has one. */
function alone(given: LinearSpec, role: PartOfLayer, tensors: ReadonlyMap<string, StoredTensor>): LinearSpec {
  const { weight, bias } = given;
  const own = (tensor: string): string => partOfLayer(tensor, role);
  if (weight.part === undefined || own(weight.tensor) === weight.tensor || !tensors.has(own(weight.tensor))) return given;
  const { part: cutFrom, ...matrix } = weight;
  return {
    weight: { ...matrix, tensor: own(weight.tensor), cutFrom },
    ...(bias && { bias: { tensor: own(bias.tensor), length: bias.length } }),
  };
}
