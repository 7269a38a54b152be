/**
 * compressed-tensors, as llm-compressor and vLLM publish models: packed integers, FP8 and 8-bit integers. Layers that it was told to ignore
 * are plain tensors. https://huggingface.co/docs/transformers/quantization/compressed_tensors
 */
import type { JsonObject } from '../json';
import { dropActivationScales, isFp8, scaledWeight, tileOf } from './fp8';
import { shown, type QuantisationMethod } from './method';
import { bitsOf, forEachLayer, groupsOf, type PackedTensors } from './packed-tensors';

const FORMATS = ['pack-quantized', 'float-quantized', 'int-quantized', 'naive-quantized', 'mixed-precision', 'dense'];

/** See the head of this file. */
export const compressedTensors: QuantisationMethod = {
  refusal(settings) {
    const formats = [settings['format'], ...groupSettings(settings).map(({ format }) => format)];
    const other = formats.find((format) => format !== undefined && format !== null && !FORMATS.some((known) => known === format));
    if (other !== undefined) return `in the format ${shown(other)}`;
    const sparsity = objectOf(settings['sparsity_config'])['format'];
    if (sparsity !== undefined && sparsity !== 'dense') return `sparse, in the format ${shown(sparsity)}`;
    return Object.keys(objectOf(objectOf(settings['transform_config'])['config_groups'])).length > 0
      ? 'multiplied with rotations (transform_config)'
      : null;
  },
  async unpack(settings, tensors) {
    await forEachLayer(tensors.layers('.weight_packed'), (layer) => packed(tensors, layer));
    const tile = groupSettings(settings)
      .map(({ weights }) => tileOf(objectOf(weights)['block_structure']))
      .find((found) => found !== null);
    for (const layer of tensors.layers('.weight', (dtype) => isFp8(dtype) || dtype === 'I8')) {
      if (tensors.look(`${layer}.weight_zero_point`) !== undefined)
        throw tensors.invalid(`${layer}.weight_zero_point`, 'is there, where only symmetric integers of 8 bits can be read');
      const dtype = isFp8(tensors.look(`${layer}.weight`)?.dtype ?? '') ? 'FP8' : 'INT8';
      scaledWeight(tensors, layer, tile ?? null, dtype);
    }
    dropActivationScales(tensors);
    for (const name of ['input_zero_point', 'input_global_scale'])
      for (const layer of tensors.layers(`.${name}`)) tensors.take(`${layer}.${name}`);
  },
};

async function packed(tensors: PackedTensors, layer: string): Promise<void> {
  const name = `${layer}.weight_packed`;
  const weight = tensors.integers(name);
  const [outputs, words] = tensors.sizes(name, weight);
  const shape = tensors.need(`${layer}.weight_shape`);
  const bytes = await tensors.bytes(`${layer}.weight_shape`, tensors.shaped(`${layer}.weight_shape`, shape, 2));
  const inputs = shape.dtype === 'I64' ? Number(bytes.readBigInt64LE(8)) : shape.dtype === 'I32' ? bytes.readInt32LE(4) : 0;
  const bits = bitsOf(tensors, name, words, inputs);
  const scale = tensors.numbers(`${layer}.weight_scale`);
  const [scaleRows, groups] = tensors.sizes(`${layer}.weight_scale`, scale);
  tensors.shaped(`${layer}.weight_scale`, scale, scaleRows === 1 ? 1 : outputs, groups);
  if (scaleRows !== outputs) throw tensors.invalid(`${layer}.weight_scale`, 'is one for all outputs, which cannot be read');
  const zeroName = `${layer}.weight_zero_point`;
  const zeros =
    tensors.look(zeroName) === undefined
      ? undefined
      : tensors.shaped(zeroName, tensors.integers(zeroName), Math.ceil((outputs * bits) / 32), groups);
  const found = await groupsOf(tensors, `${layer}.weight_g_idx`, inputs, groups);
  tensors.put(`${layer}.weight`, [outputs, inputs], `INT${bits}`, {
    kind: 'rows',
    bits,
    weight,
    scale,
    groups,
    offset: zeros ? { kind: 'zeros', zeros } : { kind: 'number', zero: 2 ** (bits - 1) },
    ...('groupOf' in found && { groupOf: found.groupOf }),
  });
}

const objectOf = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

/** What is said of each group of layers. */
const groupSettings = (settings: JsonObject): readonly JsonObject[] => Object.values(objectOf(settings['config_groups'])).map(objectOf);
