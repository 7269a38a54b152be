import type { z } from 'zod';
import { Problem } from '../../core/problem';
import type { Config } from './family';

/**
 * Reads config.json against a family's schema.
 *
 * @throws Problem `config-invalid` naming every field that is missing or wrong
 */
export function readConfig<T>(schema: z.ZodType<T>, config: Config): T {
  const result = schema.safeParse(config);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const field = issue.path.join('.');
    return field in config ? `${field} is ${JSON.stringify(config[field])} (${issue.message})` : `${field} is missing`;
  });
  throw new Problem(
    'config-invalid',
    `config.json does not describe this model: ${faults.join('; ')}.`,
    'Compare config.json with the one that was published with the model.',
  );
}
