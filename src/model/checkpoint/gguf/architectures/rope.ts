/** How positions rotate queries and keys, as a GGUF file says it and as config.json does. */
import type { JsonObject } from '../../json';
import type { GgufDescription } from '../description';

/** Small tensors that hold a divisor for each pair of features: always, and for prompts of either length. */
export const ROPE_FACTORS = ['rope_freqs.weight', 'rope_factors_long.weight', 'rope_factors_short.weight'] as const;

/** Base, share of a head that is rotated, and stretching. @throws Problem `config-invalid` */
export function rope(file: GgufDescription): JsonObject {
  const width = file.optionalSize('rope.dimension_count');
  const heads = file.headWidth;
  if (width !== undefined && (width > heads || width % 2 !== 0))
    throw file.unsound('rope.dimension_count', `is ${width}, where heads have ${heads} features: it must be even and no larger`);
  const base = file.number('rope.freq_base');
  if (base !== undefined && !(base > 0)) throw file.unsound('rope.freq_base', `is ${base}, not a base`);
  return {
    ...(base !== undefined && { rope_theta: base }),
    ...(width !== undefined && { partial_rotary_factor: share(width, heads) }),
    rope_scaling: scaling(file, (width ?? heads) / 2),
  };
}

/** A number that gives the width again when it is multiplied with that of a head and what follows the point is dropped. */
const share = (width: number, heads: number): number =>
  Math.trunc((width / heads) * heads) === width ? width / heads : (width + 0.5) / heads;

/** How positions are stretched; null where they are not. @param pairs of features that are rotated @throws Problem `config-invalid` */
export function scaling(file: GgufDescription, pairs: number): JsonObject | null {
  const original = file.optionalSize('rope.scaling.original_context_length');
  const stretched = file.positive('rope.scaling.attn_factor');
  const factors = (tensor: (typeof ROPE_FACTORS)[number]): readonly number[] | undefined => {
    const found = file.factors(tensor);
    if (found !== undefined && (found.length !== pairs || !found.every((factor) => factor > 0 && Number.isFinite(factor))))
      throw file.unsound('rope', `has ${found.length} factors in ${tensor}, where ${pairs} positive numbers are needed`);
    return found;
  };
  const [always, long, short] = ROPE_FACTORS.map(factors);
  const lists = always ? [always, always] : long && short ? [long, short] : undefined;
  if (lists !== undefined) {
    return {
      rope_type: 'longrope',
      long_factor: lists[0],
      short_factor: lists[1],
      original_max_position_embeddings: original ?? file.size('context_length'),
      attention_factor: stretched ?? 1,
    };
  }
  const type = file.text('rope.scaling.type');
  // Older files give the factor alone.
  const factor = file.positive('rope.scaling.factor') ?? (type === undefined ? file.positive('rope.scale_linear') : undefined);
  if (type === 'none' || (type === undefined && (factor ?? 1) === 1)) return null;
  if (type === 'yarn') {
    if (factor === undefined) throw file.unsound('rope.scaling.factor', 'is missing');
    return {
      rope_type: 'yarn',
      factor,
      ...(original !== undefined && { original_max_position_embeddings: original }),
      // What llama.cpp multiplies with beside what follows from the factor.
      ...(stretched !== undefined && { attention_factor: stretched * (0.1 * Math.log(factor) + 1) }),
      beta_fast: file.positive('rope.scaling.yarn_beta_fast') ?? null,
      beta_slow: file.positive('rope.scaling.yarn_beta_slow') ?? null,
    };
  }
  if (type !== undefined && type !== 'linear')
    throw file.unsound('rope.scaling.type', `is ${JSON.stringify(type)}, which is not supported`);
  return factor === undefined || factor === 1 ? null : { rope_type: 'linear', factor };
}
