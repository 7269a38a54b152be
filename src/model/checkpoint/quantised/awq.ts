/** AWQ as AutoAWQ saves it for matrix products (`GEMM`) and for single vectors (`GEMV`). https://huggingface.co/docs/transformers/quantization/awq */
import { shown, type QuantisationMethod } from './method';
import type { PackedTensors } from './packed-tensors';

/** See the head of this file. */
export const awq: QuantisationMethod = {
  refusal({ bits, w_bit: older, version = 'gemm', backend = 'autoawq' }) {
    if (orderOf(version) === null) return `in the order ${shown(version)}, where GEMM and GEMV can be read`;
    if (backend === 'llm-awq') return 'in the order of llm-awq, where GEMM can be read';
    const width = bits ?? older ?? 4;
    return width === 4 ? null : `in ${shown(width)} bits, where 4 can be read`;
  },
  unpack({ version = 'gemm', group_size: said, q_group_size: older }, tensors) {
    const isByRows = orderOf(version) === 'gemv';
    for (const layer of tensors.layers('.qweight'))
      if (isByRows) unpackRows(tensors, layer, said ?? older ?? 128);
      else unpackLayer(tensors, layer);
    return Promise.resolve();
  },
};

function orderOf(version: unknown): 'gemm' | 'gemv' | null {
  const order = String(version).toLowerCase();
  return order === 'gemm' || order === 'gemv' ? order : null;
}

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

/** GEMV: rows of integers in order, with more scales and zeros than there are groups, of which the last are not used. @param group inputs of a group, or −1 for all */
function unpackRows(tensors: PackedTensors, layer: string, group: unknown): void {
  const name = `${layer}.qweight`;
  const weight = tensors.integers(name);
  const [outputs, words] = tensors.sizes(name, weight);
  const inputs = 8 * words;
  const groups = group === -1 ? 1 : inputs / Number(group);
  if (!Number.isInteger(groups) || groups < 1)
    throw tensors.invalid(name, `has ${inputs} inputs, which do not divide into groups of ${shown(group)}`);
  const zerosName = `${layer}.qzeros`;
  const zeros = tensors.integers(zerosName);
  const [, width] = tensors.sizes(zerosName, tensors.shaped(zerosName, zeros, outputs, zeros.shape[1]));
  if (8 * width < groups) throw tensors.invalid(zerosName, `has ${width} words in a row, too few for ${groups} groups`);
  const scale = tensors.shaped(`${layer}.scales`, tensors.numbers(`${layer}.scales`), outputs, 8 * width);
  tensors.put(`${layer}.weight`, [outputs, inputs], 'AWQ 4-bit', {
    kind: 'rows',
    bits: 4,
    weight,
    scale,
    groups,
    offset: { kind: 'zeros of groups', zeros },
  });
}
