/** What a share is a share of. docs/method.md, "Share". */
import * as z from 'zod';

export const tokenMeasureSchema = z.enum(['centred', 'raw']);
/**
 * Which part of one token's logit is shared out. `centred`: the logit less the mean of all logits, which the softmax ignores;
 * `raw`: the logit itself.
 */
export type TokenMeasure = z.infer<typeof tokenMeasureSchema>;

export const shareMeasureSchema = z.enum([...tokenMeasureSchema.options, 'difference']);
/** The same, or `difference`: the target's logit less that of a second token. */
export type ShareMeasure = z.infer<typeof shareMeasureSchema>;
