/**
 * FP8 as transformers and vLLM publish it (DeepSeek, Qwen, Ministral): a scale for a tensor, for each row, or for tiles of it. Scales of
 * activations are left out: these are never quantised here.
 * https://huggingface.co/docs/transformers/quantization/finegrained_fp8
 */
import { Problem } from '../../../core/problem';
import type { QuantisationMethod } from './method';
import type { PackedTensors } from './packed-tensors';

/** Names of scales that weights have been published with; they are multiplied with, whatever the name says. */
const SCALES = ['weight_scale_inv', 'weight_scale'];
/** What activations and the cache are quantised with. */
const OF_ACTIVATIONS = ['activation_scale', 'input_scale', 'output_scale', 'k_scale', 'v_scale', 'q_scale'];

/** Whether numbers are of eight bits with an exponent. */
export const isFp8 = (dtype: string): boolean => dtype === 'F8_E4M3' || dtype === 'F8_E5M2';

/** See the head of this file. */
export const fp8: QuantisationMethod = {
  refusal: () => null,
  unpack(settings, tensors) {
    const tile = tileOf(settings['weight_block_size']);
    for (const layer of tensors.layers('.weight', isFp8)) scaledWeight(tensors, layer, tile, 'FP8');
    dropActivationScales(tensors);
    return Promise.resolve();
  },
};

/** Takes away what only activations are quantised with. */
export function dropActivationScales(tensors: PackedTensors): void {
  for (const name of OF_ACTIVATIONS) for (const layer of tensors.layers(`.${name}`)) tensors.take(`${layer}.${name}`);
}

/** The sizes of tiles as a configuration gives them; null where it gives none. */
export function tileOf(value: unknown): readonly [number, number] | null {
  const isSize = (size: unknown): size is number => Number.isInteger(size) && Number(size) > 0;
  return Array.isArray(value) && value.length === 2 && value.every(isSize) ? [value[0], value[1]] : null;
}

/** A weight of bytes with its scale. @throws Problem `weights-missing`, `weights-invalid` */
export function scaledWeight(tensors: PackedTensors, layer: string, tile: readonly [number, number] | null, dtype: string): void {
  const name = `${layer}.weight`;
  const scaleName = SCALES.map((end) => `${layer}.${end}`).find((candidate) => tensors.look(candidate) !== undefined);
  if (scaleName === undefined)
    throw new Problem('weights-missing', `${name} is stored in 8 bits, and ${layer}.${SCALES[0]} is missing.`, 'Fetch the model again.');
  const weight = tensors.need(name);
  const [outputs, inputs] = tensors.sizes(name, weight);
  const scale = tensors.numbers(scaleName);
  const [down, across] = scale.shape.length === 2 ? scale.shape : [scale.shape.reduce((product, size) => product * size, 1), 1];
  const sizes = [sharing(outputs, down, tile?.[0]), sharing(inputs, across, tile?.[1])] as const;
  if (sizes[0] === undefined || sizes[1] === undefined)
    throw tensors.invalid(scaleName, `has shape [${scale.shape.join(', ')}], which does not fit the weight’s [${outputs}, ${inputs}]`);
  tensors.put(name, [outputs, inputs], dtype, {
    kind: 'scaled',
    weight,
    scale: { ...scale, shape: [down, across] },
    tile: [sizes[0], sizes[1]],
  });
}

/** How many of some features share each of so many scales; undefined where that does not come out even. @param said by the configuration */
function sharing(features: number, scales: number, said?: number): number | undefined {
  if (scales === 1) return features;
  if (said !== undefined && Math.ceil(features / said) === scales) return said;
  return scales > 0 && features % scales === 0 ? features / scales : undefined;
}
