/**
 * MLX, the format of models for Apple’s processors: integers in 32-bit words, with a scale and a bias for each group of inputs. Embeddings
 * are quantised too. https://ml-explore.github.io/mlx/build/html/python/_autosummary/mlx.core.quantize.html
 */
import { shown, type QuantisationMethod } from './method';
import type { PackedTensors } from './packed-tensors';

/** See the head of this file. */
export const mlx: QuantisationMethod = {
  refusal({ mode = 'affine', bits }) {
    if (mode !== 'affine') return `in the mode ${shown(mode)}`;
    return bits === undefined || isReadable(bits) ? null : `in ${shown(bits)} bits, where 2, 4 and 8 can be read`;
  },
  unpack(settings, tensors) {
    for (const layer of tensors.layers('.scales')) unpackLayer(tensors, layer, settings[layer] ?? settings);
    return Promise.resolve();
  },
};

const isReadable = (bits: unknown): bits is 2 | 4 | 8 => bits === 2 || bits === 4 || bits === 8;

/** @param said of this layer, or of all */
function unpackLayer(tensors: PackedTensors, layer: string, said: unknown): void {
  const name = `${layer}.weight`;
  const { bits, mode = 'affine' } = typeof said === 'object' && said !== null ? (said as { bits?: unknown; mode?: unknown }) : {};
  if (mode !== 'affine') throw tensors.invalid(name, `is quantised in the mode ${shown(mode)}, which cannot be read`);
  if (!isReadable(bits)) throw tensors.invalid(name, `is quantised in ${shown(bits)} bits, where 2, 4 and 8 can be read`);
  const weight = tensors.integers(name);
  const [outputs, words] = tensors.sizes(name, weight);
  const inputs = (32 * words) / bits;
  const scale = tensors.numbers(`${layer}.scales`);
  const [, groups] = tensors.sizes(`${layer}.scales`, scale);
  tensors.shaped(`${layer}.scales`, scale, outputs, groups);
  const bias = tensors.shaped(`${layer}.biases`, tensors.numbers(`${layer}.biases`), outputs, groups);
  if (inputs % groups !== 0) throw tensors.invalid(name, `has ${inputs} inputs, which do not divide into ${groups} groups`);
  tensors.put(name, [outputs, inputs], `MLX ${bits}-bit`, { kind: 'rows', bits, weight, scale, groups, offset: { kind: 'bias', bias } });
}
