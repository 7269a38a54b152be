/** GPTQ as AutoGPTQ and GPTQModel save it. https://huggingface.co/docs/transformers/quantization/gptq */
import { shown, type QuantisationMethod } from './method';
import { bitsOf, forEachLayer, groupsOf, type PackedTensors } from './packed-tensors';

/** See the head of this file. */
export const gptq: QuantisationMethod = {
  refusal(settings) {
    const { bits, checkpoint_format: format = 'gptq' } = settings;
    if (format !== 'gptq' && format !== 'gptq_v2') return `in the format ${shown(format)}`;
    if (settings['is_marlin_format'] === true) return 'in the format marlin';
    return bits === undefined || bits === 2 || bits === 4 || bits === 8 ? null : `in ${shown(bits)} bits, where 2, 4 and 8 can be read`;
  },
  unpack(settings, tensors) {
    // The first version stores zeros less 1.
    const zeroOffset = settings['checkpoint_format'] === 'gptq_v2' ? 0 : 1;
    return forEachLayer(tensors.layers('.qweight'), (layer) => unpackLayer(tensors, layer, zeroOffset));
  },
};

async function unpackLayer(tensors: PackedTensors, layer: string, zeroOffset: 0 | 1): Promise<void> {
  const name = `${layer}.qweight`;
  const weight = tensors.integers(name);
  const [words, outputs] = tensors.sizes(name, weight);
  const scale = tensors.numbers(`${layer}.scales`);
  const [groups] = tensors.sizes(`${layer}.scales`, scale);
  tensors.shaped(`${layer}.scales`, scale, groups, outputs);
  const zeros = tensors.integers(`${layer}.qzeros`);
  const [, zeroWords] = tensors.sizes(`${layer}.qzeros`, zeros);
  const bits = bitsOf(tensors, `${layer}.qzeros`, zeroWords, outputs);
  tensors.shaped(`${layer}.qzeros`, zeros, groups, zeroWords);
  const inputs = (words * 32) / bits;
  const found = await groupsOf(tensors, `${layer}.g_idx`, inputs, groups);
  tensors.put(`${layer}.weight`, [outputs, inputs], `GPTQ ${bits}-bit`, {
    kind: 'gptq',
    bits,
    weight,
    scale,
    zeros,
    zeroOffset,
    ...('groupOf' in found && { groupOf: found.groupOf }),
  });
}
