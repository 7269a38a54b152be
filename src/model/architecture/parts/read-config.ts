import type { z } from 'zod';
import { Problem } from '../../../core/problem';
import type { Config } from '../family';

/**
 * Reads config.json against a family's schema.
 *
 * @throws Problem `config-invalid` naming every field that is missing or wrong
 */
export function readConfig<T>(schema: z.ZodType<T>, config: Config): T {
  const result = schema.safeParse(config);
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
