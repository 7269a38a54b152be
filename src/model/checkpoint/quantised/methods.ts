/** The methods of quantisation whose weights can be read, and what a configuration says of one. */
import type { CheckpointNote, StoredTensors } from '../checkpoint';
import type { JsonObject } from '../json';
import type { CheckpointSource } from '../source';
import { awq } from './awq';
import { bitsandbytes } from './bitsandbytes';
import { compressedTensors } from './compressed-tensors';
import { fp8 } from './fp8';
import { gptq } from './gptq';
import type { QuantisationMethod } from './method';
import { mlx } from './mlx';
import { mxfp4 } from './mxfp4';
import { PackedTensors } from './packed-tensors';

/** By the name that a configuration has for them. */
const METHODS: Readonly<Record<string, QuantisationMethod>> = {
  awq,
  bitsandbytes,
  'compressed-tensors': compressedTensors,
  fp8,
  gptq,
  mlx,
  mxfp4,
};

/** Fields that say how weights are quantised; older files have the second, and MLX the third. */
export const QUANTISATION_FIELDS = ['quantization_config', 'compression_config', 'quantization'];

/** What a config says of its quantisation. */
export interface Quantisation {
  /** the field that says so */
  readonly field: string;
  /** the method’s name, such as `gptq`; null where it has none */
  readonly method: string | null;
  readonly settings: JsonObject;
}

/** How a model is quantised, as its config says; null where it is not. */
export function quantisationOf(config: JsonObject): Quantisation | null {
  for (const field of QUANTISATION_FIELDS) {
    const value = config[field];
    if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) continue;
    const settings = value as JsonObject;
    const { quant_method: said, bits, group_size: group } = settings;
    // MLX gives no name, but always these two.
    const method = typeof said === 'string' ? said : typeof bits === 'number' && typeof group === 'number' ? 'mlx' : null;
    return { field, method, settings };
  }
  return null;
}

/** Why weights that are quantised so cannot be read, as the end of the sentence “… is quantised”; null where they can. */
export function whyUnreadable({ method, settings }: Quantisation): string | null {
  if (method === null) return '';
  if (!Object.hasOwn(METHODS, method)) return ` with ${method}`;
  const refusal = METHODS[method].refusal(settings);
  return refusal === null ? null : ` with ${method}, and its weights are ${refusal}`;
}

/**
 * The tensors of a checkpoint with its packed weights, each in the place of its parts. A method that cannot be read leaves everything as it is:
 * it is refused where the model is described.
 * @throws Problem `weights-missing`, `weights-invalid`, and what the source throws
 */
export async function unpacked(
  config: JsonObject,
  stored: StoredTensors,
  source: CheckpointSource,
): Promise<StoredTensors & { readonly isUnpacked?: true; readonly notes: readonly CheckpointNote[] }> {
  const quantisation = quantisationOf(config);
  const method = quantisation?.method ?? null;
  if (quantisation === null || method === null || whyUnreadable(quantisation) !== null) return { ...stored, notes: [] };
  const tensors = new PackedTensors(stored, source);
  await METHODS[method].unpack(quantisation.settings, tensors);
  const { left } = tensors;
  const names = new Set([...left.tensors.values()].flatMap(({ storage }) => (storage.kind === 'packed' ? [storage.dtype] : [])));
  return names.size === 0 ? { ...stored, notes: [] } : { ...left, isUnpacked: true, notes: [quantisedNote(names)] };
}

/** What is said of every model with quantised weights. @param types names of their types */
export function quantisedNote(types: Iterable<string>): CheckpointNote {
  return {
    kind: 'note',
    text: `Weights are quantised (${[...types].sort().join(', ')}): they are dequantised where they are used; all arithmetic is in F32.`,
  };
}
