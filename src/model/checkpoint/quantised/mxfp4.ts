// cspell:ignore MXFP
/**
 * MXFP4 as gpt-oss is published: the matrices of all experts of a block in one stack, four bits a number (E2M1), of which each 32 have a power
 * of two as their scale (E8M0). https://www.opencompute.org/documents/ocp-microscaling-formats-mx-v1-0-spec-final-pdf,
 * `convert_moe_packed_tensors` in transformers
 */
import type { QuantisationMethod } from './method';
import type { PackedTensors } from './packed-tensors';

/** Bytes of a block, each with two numbers. */
const BLOCK_BYTES = 16;

/** See the head of this file. */
export const mxfp4: QuantisationMethod = {
  refusal: () => null,
  unpack(_settings, tensors) {
    const stacks = new Set([...tensors.layers('_blocks'), ...tensors.layers('_scales')]);
    for (const stack of stacks) unpackStack(tensors, stack);
    return Promise.resolve();
  },
};

function unpackStack(tensors: PackedTensors, stack: string): void {
  const [blocksName, scalesName] = [`${stack}_blocks`, `${stack}_scales`];
  const blocks = tensors.unsigned(blocksName);
  const scale = tensors.unsigned(scalesName);
  const [experts, rows, groups, bytes] = blocks.shape;
  if (blocks.shape.length !== 4 || bytes !== BLOCK_BYTES || blocks.shape.includes(0))
    throw tensors.invalid(
      blocksName,
      `has shape [${blocks.shape.join(', ')}], where [experts, outputs, inputs/32, ${BLOCK_BYTES}] is needed`,
    );
  tensors.shaped(scalesName, scale, experts, rows, groups);
  const weight = { ...blocks, shape: [experts, rows, groups * BLOCK_BYTES] };
  tensors.put(stack, [experts, rows, 2 * groups * BLOCK_BYTES], 'MXFP4', { kind: 'mxfp4', weight, scale });
}
