/** Which matrices of a block an adapter can update, and what is said of those that it does. */
import * as z from 'zod';

/** Matrices of a block by the branch that they are of, as TransformerLens names them; of a mixture those of all its experts, and its router. */
export const ADAPTED_MATRICES = {
  W_Q: 'attn',
  W_K: 'attn',
  W_V: 'attn',
  W_O: 'attn',
  W_gate: 'mlp',
  W_in: 'mlp',
  W_out: 'mlp',
  router: 'mlp',
} as const;
/** Name of a matrix of a block. */
export type AdaptedMatrix = keyof typeof ADAPTED_MATRICES;

/** All of them, in the order of a block. */
export const MATRIX_NAMES = Object.keys(ADAPTED_MATRICES) as readonly AdaptedMatrix[];

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
