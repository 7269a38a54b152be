import type { z } from 'zod';
import { Problem } from '../../../core/problem';
import type { Config } from '../family';
import { COMPARE_CONFIG } from './config-fields';

/** A number that some tools write as text. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * Reads config.json against a family's schema.
 *
 * @throws Problem `config-invalid` naming every field that is missing or wrong, or the list that has too few entries for the layers
 */
export function readConfig<T>(schema: z.ZodType<T>, config: Config): T {
  let result = schema.safeParse(config);
  const asText =
    result.error?.issues.filter((issue) => issue.path.length === 1 && NUMBER.test(String(config[String(issue.path[0])]))) ?? [];
  if (asText.length > 0) {
    const numbers = asText.map(({ path: [field] }) => [String(field), Number(config[String(field)])] as const);
    result = schema.safeParse(withNumbers(config, new Map(numbers)));
  }
  if (result.success) {
    checkPerLayer(result.data);
    return result.data;
  }
  const faults = result.error.issues.map((issue) => {
    const value = issue.path.reduce<unknown>((part, key) => (part as Readonly<Record<PropertyKey, unknown>>)[key], config);
    const field = issue.path.join('.');
    return value === undefined ? `${field} is missing` : `${field} is ${JSON.stringify(value)} (${issue.message})`;
  });
  throw new Problem('config-invalid', `config.json does not describe this model: ${faults.join('; ')}.`, COMPARE_CONFIG);
}

/** Lists that have an entry for every layer. */
const PER_LAYER = ['layer_types', 'mlp_layer_types'] as const;

/** @throws Problem `config-invalid` where a list that is read for every layer has too few entries */
function checkPerLayer(config: unknown): void {
  const fields = config as Readonly<Partial<Record<(typeof PER_LAYER)[number], unknown>>> & { readonly num_hidden_layers?: unknown };
  const layers = Number(fields.num_hidden_layers ?? 0);
  for (const field of PER_LAYER) {
    const list = fields[field];
    if (!Array.isArray(list) || list.length >= layers) continue;
    throw new Problem(
      'config-invalid',
      `config.json: ${field} has ${list.length} entries, but the model has ${layers} layers (num_hidden_layers).`,
      COMPARE_CONFIG,
    );
  }
}

/** A config of which some fields are numbers; what is read of it is read of the original. */
function withNumbers(config: Config, numbers: ReadonlyMap<string, number>): Config {
  return new Proxy(config, {
    get: (target, field, receiver): unknown => {
      const value: unknown = Reflect.get(target, field, receiver);
      return numbers.get(String(field)) ?? value;
    },
  });
}
