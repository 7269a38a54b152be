/** Which lens read the vectors of an answer, and how far it can be trusted. docs/lenses.md */
import * as z from 'zod';

/** How a lens was made. `logit`: no map at all; `fitted`: by ridge regression onto the final stream. */
export const lensKindSchema = z.enum(['logit', 'fitted']);
/** How a lens was made. */
export type LensKind = z.infer<typeof lensKindSchema>;

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
  figures: lensFiguresSchema.optional(),
});
/** See the head of this file. */
export type LensInfo = z.infer<typeof lensInfoSchema>;

/** Below this agreement a reading says little of the model. */
export const FAINT_AGREEMENT = 0.05;

/** Whether a lens predicts the model at least as well as another at every border, and better at some. */
export function betterEverywhere(one: LensFigures, other: LensFigures): boolean {
  const notWorse =
    one.agreement.every((a, i) => a >= (other.agreement[i] ?? 1)) && one.divergence.every((d, i) => d <= (other.divergence[i] ?? 0));
  return notWorse && one.divergence.some((d, i) => d < (other.divergence[i] ?? 0));
}
