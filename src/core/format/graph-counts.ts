/** How much of a block is drawn, and how many tokens a list holds. Defaults and their source: docs/method.md. */
import * as z from 'zod';
import { DEFAULT_COUNTS } from './default-counts';

export const countsSchema = z.object({
  heads: z.int().nonnegative().describe('heads drawn per block; 0: all'),
  values: z.int().positive().describe('sources drawn per head'),
  top: z.int().nonnegative().describe('neurons drawn per sum with the largest coefficient × norm'),
  bottom: z.int().nonnegative().describe('neurons drawn per sum with the smallest'),
  tokens: z.int().positive().describe('tokens per list'),
});
/** See the schema. */
export type GraphCounts = Readonly<z.infer<typeof countsSchema>>;

/**
 * Every count as far as it is given; the default in the place of one that is not, or that is no such count.
 *
 * @param read what is given for a count, such as an option or a setting
 */
export function countsFrom(read: (name: keyof GraphCounts) => unknown): GraphCounts {
  const count = (name: keyof GraphCounts): number => {
    const given = countsSchema.shape[name].safeParse(read(name));
    return given.success ? given.data : DEFAULT_COUNTS[name];
  };
  return { heads: count('heads'), values: count('values'), top: count('top'), bottom: count('bottom'), tokens: count('tokens') };
}
