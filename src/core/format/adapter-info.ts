/** What is said of an adapter that is applied to a model. */
import * as z from 'zod';
import { MATRIX_NAMES, type AdaptedMatrix } from './adapted';

export const adapterInfoSchema = z.object({
  kind: z.string().describe('LoRA'),
  base: z.string().describe('name of the model that it is applied to'),
  matrices: z
    .array(
      z.object({
        matrix: z.enum(MATRIX_NAMES),
        layers: z.array(z.int().nonnegative()).min(1),
        rank: z.int().positive(),
        summand: z
          .literal(true)
          .optional()
          .describe(
            'present where what the update writes is a summand of the stream, with a node of its own; absent: it acts through patterns and activations',
          ),
      }),
    )
    .describe('the matrices of blocks that it updates, and the rank of the updates'),
  others: z.array(z.string()).optional().describe('tensors outside blocks that it updates, or that were trained as a whole'),
});
/** What an adapter changes. */
export type AdapterInfo = z.infer<typeof adapterInfoSchema>;

/** Rank of the update of a matrix in a layer; undefined where it has none. */
export function rankOf(adapter: AdapterInfo | undefined, matrix: AdaptedMatrix, layer: number): number | undefined {
  return adapter?.matrices.find((each) => each.matrix === matrix && each.layers.includes(layer))?.rank;
}
