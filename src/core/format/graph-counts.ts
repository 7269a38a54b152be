/** How much of a block is drawn, and how many tokens a list holds. Defaults and their source: docs/method.md. */
import * as z from 'zod';

export const countsSchema = z.object({
  heads: z.int().nonnegative().describe('heads drawn per block; 0: all'),
  values: z.int().positive().describe('sources drawn per head'),
  top: z.int().nonnegative().describe('neurons drawn per sum with the largest coefficient × norm'),
  bottom: z.int().nonnegative().describe('neurons drawn per sum with the smallest'),
  tokens: z.int().positive().describe('tokens per list'),
});
/** See the schema. */
export type GraphCounts = Readonly<z.infer<typeof countsSchema>>;
