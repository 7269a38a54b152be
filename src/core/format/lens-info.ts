/** Which lens read the vectors of an answer, and how far it can be trusted. docs/lenses.md */
import * as z from 'zod';

/**
 * How a lens was made. `logit`: no map at all; `fitted`: by ridge regression onto the final stream; `tuned`: trained by others to predict what
 * the model says; `jacobian`: the averaged Jacobian of the final stream.
 */
export const lensKindSchema = z.enum(['logit', 'fitted', 'tuned', 'jacobian']);

export const lensFiguresSchema = z.object({
  agreement: z
    .array(z.number().min(0).max(1))
    .describe(
      'at every border of blocks, from the embeddings to the last: in what part of the positions its first token is the model’s own',
    ),
  divergence: z.array(z.number().nonnegative()).describe('the same: mean KL divergence from the model’s own prediction, in bits'),
});
/** How well a lens predicts what the model says, on text that it was not fitted on. */
export type LensFigures = z.infer<typeof lensFiguresSchema>;

export const lensInfoSchema = z.object({
  kind: lensKindSchema,
  name: z.string(),
  id: z
    .string()
    .optional()
    .describe('what its maps follow from, in short: another lens of the same name has another; absent for the logit lens'),
  figures: lensFiguresSchema.optional(),
});
/** See the head of this file. */
export type LensInfo = z.infer<typeof lensInfoSchema>;
