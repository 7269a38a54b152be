/**
 * bitsandbytes as transformers saves it: four bits by a codebook (NF4, FP4), whose scales may be quantised in turn, and 8-bit integers with
 * a scale for each row. https://huggingface.co/docs/transformers/quantization/bitsandbytes
 */
import * as z from 'zod';
import { parseJsonObject } from '../json';
import type { QuantisationMethod } from './method';
import { forEachLayer, type PackedTensors } from './packed-tensors';

const STATE = /\.weight\.quant_state\.bitsandbytes__(nf4|fp4)$/;

/** What bitsandbytes multiplies with in place of a division by 127. */
const BY_127 = 7.874015718698502e-3;

/** See the head of this file. */
export const bitsandbytes: QuantisationMethod = {
  refusal: () => null,
  async unpack(_settings, tensors) {
    for (const kind of ['nf4', 'fp4'] as const) {
      const state = `.weight.quant_state.bitsandbytes__${kind}`;
      await forEachLayer(tensors.layers(state), (layer) => fourBits(tensors, layer, state));
    }
    await forEachLayer(
      tensors.layers('.weight', (dtype) => dtype === 'I8'),
      (layer) => eightBits(tensors, layer),
    );
  },
};

const size = z.int().positive();
const stateSchema = z.looseObject({
  blocksize: size,
  shape: z.tuple([size, size]),
  nested_blocksize: size.optional(),
  nested_offset: z.number().optional(),
});

async function fourBits(tensors: PackedTensors, layer: string, state: string): Promise<void> {
  const name = `${layer}.weight`;
  const text = await tensors.bytes(`${layer}${state}`, tensors.need(`${layer}${state}`));
  const read = stateSchema.safeParse(parseJsonObject(text.toString('utf8'), `${layer}${state}`, 'weights-invalid'));
  if (!read.success) throw tensors.invalid(`${layer}${state}`, 'does not say how the weight is packed');
  const {
    blocksize: run,
    shape: [outputs, inputs],
    nested_blocksize: nestedRun,
    nested_offset: offset,
  } = read.data;
  const numbers = outputs * inputs;
  const weight = tensors.need(name);
  if (weight.bytes.byteLength * 2 !== numbers)
    throw tensors.invalid(name, `has ${weight.bytes.byteLength} bytes, where [${outputs}, ${inputs}] numbers of four bits are promised`);
  if (inputs % run !== 0 || inputs % 2 !== 0)
    throw tensors.invalid(name, `has ${inputs} inputs, which do not divide into blocks of ${run}`);
  const table = tensors.shaped(`${name}.quant_map`, tensors.numbers(`${name}.quant_map`), 16);
  const scales = numbers / run;
  const scale = tensors.shaped(`${name}.absmax`, tensors.need(`${name}.absmax`), scales);
  const dtype = STATE.exec(`${layer}${state}`)?.[1].toUpperCase() ?? '';
  const common = { kind: 'codebook', weight: { ...weight, shape: [outputs, inputs / 2] }, table, run } as const;
  if (scale.dtype !== 'U8') {
    if (scale.dtype !== 'F32') throw tensors.invalid(`${name}.absmax`, `is stored as ${scale.dtype}`);
    tensors.put(name, [outputs, inputs], dtype, { ...common, scale });
    return;
  }
  if (nestedRun === undefined || offset === undefined)
    throw tensors.invalid(`${layer}${state}`, 'does not say how the scales are quantised');
  const nestedScale = tensors.numbers(`${name}.nested_absmax`);
  tensors.shaped(`${name}.nested_absmax`, nestedScale, Math.ceil(scales / nestedRun));
  const nestedTable = tensors.shaped(`${name}.nested_quant_map`, tensors.numbers(`${name}.nested_quant_map`), 256);
  tensors.put(name, [outputs, inputs], dtype, {
    ...common,
    scale,
    nested: { table: nestedTable, scale: nestedScale, run: nestedRun, offset },
  });
}

async function eightBits(tensors: PackedTensors, layer: string): Promise<void> {
  const name = `${layer}.weight`;
  const weight = tensors.need(name);
  const [outputs, inputs] = tensors.sizes(name, weight);
  const scale = tensors.shaped(`${layer}.SCB`, tensors.numbers(`${layer}.SCB`), outputs);
  const format = tensors.take(`${layer}.weight_format`);
  if (format !== undefined && (await tensors.bytes(`${layer}.weight_format`, format)).some((byte) => byte !== 0))
    throw tensors.invalid(`${layer}.weight_format`, 'says that the numbers are laid out for one kind of hardware, which cannot be read');
  tensors.put(name, [outputs, inputs], 'INT8', {
    kind: 'scaled',
    weight,
    scale: { ...scale, shape: [outputs, 1] },
    tile: [1, inputs],
    factor: BY_127,
  });
}
