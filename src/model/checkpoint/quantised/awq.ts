/** AWQ as AutoAWQ saves it for matrix products (`GEMM`). https://huggingface.co/docs/transformers/quantization/awq */
import { shown, type QuantisationMethod } from './method';
import type { PackedTensors } from './packed-tensors';

/** See the head of this file. */
export const awq: QuantisationMethod = {
  refusal({ bits, w_bit: older, version = 'gemm', backend = 'autoawq' }) {
    if (String(version).toLowerCase() !== 'gemm') return `in the order ${shown(version)}, where GEMM can be read`;
    if (backend === 'llm-awq') return 'in the order of llm-awq, where GEMM can be read';
    const width = bits ?? older ?? 4;
    return width === 4 ? null : `in ${shown(width)} bits, where 4 can be read`;
  },
  unpack(_settings, tensors) {
    for (const layer of tensors.layers('.qweight')) unpackLayer(tensors, layer);
    return Promise.resolve();
  },
};

function unpackLayer(tensors: PackedTensors, layer: string): void {
  const name = `${layer}.qweight`;
  const weight = tensors.integers(name);
  const [inputs, words] = tensors.sizes(name, weight);
  const outputs = 8 * words;
  const scale = tensors.numbers(`${layer}.scales`);
  const [groups] = tensors.sizes(`${layer}.scales`, scale);
  tensors.shaped(`${layer}.scales`, scale, groups, outputs);
  if (inputs % groups !== 0) throw tensors.invalid(name, `has ${inputs} inputs, which do not divide into ${groups} groups`);
  const zeroName = `${layer}.qzeros`;
  const zeros = tensors.look(zeroName) === undefined ? undefined : tensors.shaped(zeroName, tensors.integers(zeroName), groups, words);
  tensors.put(`${layer}.weight`, [outputs, inputs], 'AWQ 4-bit', { kind: 'awq', weight, scale, ...(zeros && { zeros }) });
}
