/**
 * What effects are of. The effect of a component is by how much a number that the pass ends in would fall if the component were not
 * there. docs/method.md, "Effect".
 */
import * as z from 'zod';
import { promptsName } from './intervention';

export const effectSchema = z.object({
  value: z
    .number()
    .describe(
      'by how much the quantity (effects.of) falls without the component at the position under study; positive: it favours the target',
    ),
  how: z
    .enum(['estimated', 'measured'])
    .describe('estimated: to first order, from the gradient; measured: the pass was run again without the component'),
});
/** An effect, and how it is known. */
export type Effect = z.infer<typeof effectSchema>;

export const effectsSummarySchema = z.object({
  of: z
    .enum(['centred', 'raw', 'difference'])
    .describe(
      'the quantity: the target’s logit less the mean of all logits, the logit itself, or its difference to that of target.against',
    ),
  value: z.number().describe('the quantity in this pass'),
  baseline: z
    .enum(['zero', 'twin', 'mean'])
    .describe('what takes a component’s place: nothing, its value on a twin prompt, or its mean over prompts'),
  twin: z.string().optional().describe('the twin prompt'),
  prompts: z.int().positive().optional().describe('over how many prompts the mean is taken'),
  over: promptsName,
  first: z
    .int()
    .nonnegative()
    .describe(
      'first position that has a partner in the other prompts, aligned from the end; components at positions before it have no effect',
    ),
  saturated: z
    .enum(['softmax', 'soft-cap'])
    .optional()
    .describe(
      'why estimates say nothing here: the quantity hardly moves, because the probability is all but 1, or the logits are at their cap',
    ),
});
/** What all effects of one answer have in common. */
export type EffectsSummary = z.infer<typeof effectsSummarySchema>;

/** What takes a component's place, as an answer names it. */
export type Reference = Pick<EffectsSummary, 'baseline' | 'twin' | 'prompts' | 'over'>;
