/** Kinds of fields that the configs of all families have. */
import * as z from 'zod';
import { Problem } from '../../../core/problem';

export const size = z.int().positive();

/** What to do about a config.json that does not describe its model. */
export const COMPARE_CONFIG = 'Compare config.json with the one published with the model.';

/** Far more blocks than any model has: a description is made of each before its weights are looked for. */
const MAX_LAYERS = 10_000;

export const layerCount = size.max(MAX_LAYERS);

/** Far more experts than any block has: each is described before its weights are looked for. */
const MAX_EXPERTS = 10_000;

export const expertCount = size.max(MAX_EXPERTS);

/** Sizes under the names that GPT-2 gave them. */
export const gpt2Sizes = {
  vocab_size: size,
  n_positions: size,
  n_embd: size,
  n_layer: layerCount,
  n_head: size,
  n_inner: size.nullish(),
};

/**
 * Makes sure that one size is a multiple of another, as heads must share a width evenly.
 *
 * @throws Problem `config-invalid` naming both fields
 */
export function requireMultiple(field: string, value: number, ofField: string, of: number): void {
  if (value % of === 0) return;
  throw new Problem('config-invalid', `config.json: ${field} (${value}) is not a multiple of ${ofField} (${of}).`, COMPARE_CONFIG);
}
