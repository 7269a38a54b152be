import type { z } from 'zod';
import { Problem } from '../../../core/problem';
import type { Config } from '../family';

/** A number that some tools write as text. */
const NUMBER = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i;

/**
 * Reads config.json against a family's schema.
 *
 * @throws Problem `config-invalid` naming every field that is missing or wrong
 */
export function readConfig<T>(schema: z.ZodType<T>, config: Config): T {
  let result = schema.safeParse(config);
  const asText =
    result.error?.issues.filter((issue) => issue.path.length === 1 && NUMBER.test(String(config[String(issue.path[0])]))) ?? [];
  if (asText.length > 0) {
    const numbers = asText.map(({ path: [field] }) => [String(field), Number(config[String(field)])] as const);
    result = schema.safeParse(withNumbers(config, new Map(numbers)));
  }
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const value = issue.path.reduce<unknown>((part, key) => (part as Readonly<Record<PropertyKey, unknown>>)[key], config);
    const field = issue.path.join('.');
    return value === undefined ? `${field} is missing` : `${field} is ${JSON.stringify(value)} (${issue.message})`;
  });
  throw new Problem(
    'config-invalid',
    `config.json does not describe this model: ${faults.join('; ')}.`,
    'Compare config.json with the one published with the model.',
  );
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
