/** The format of how a model continues a prompt. */
import * as z from 'zod';
import type { TokenText } from '../text/token-text';
import type { ModelInfo } from './flow-graph';

export const samplingSchema = z
  .object({
    /** what logits are divided by, more than 0: below 1 likely tokens become likelier */
    temperature: z.number().positive(),
    /** only so many of the most likely tokens; absent: all */
    topK: z.int().positive().optional(),
    /** of those only the fewest that are this likely together, over 0 and at most 1; absent: all */
    topP: z.number().positive().max(1).optional(),
    /** the same seed draws the same token after the same number of tokens */
    seed: z.int(),
  })
  .readonly();
/** How the next token is drawn. Absent: the most likely one is taken. */
export type Sampling = z.infer<typeof samplingSchema>;

/** A token and how likely the model holds it, temperature and the like aside. */
export type LikelyToken = TokenText & { readonly probability: number };

/** A token that was generated. */
export interface GeneratedToken extends LikelyToken {
  /** how many tokens are likelier, and 1 */
  readonly rank: number;
  /** the most likely tokens, itself among them where it is one, most likely first */
  readonly top: readonly LikelyToken[];
  /** of the model's distribution, in bits */
  readonly entropy: number;
  /** the model ends its text with this token (`eos_token_id` of generation_config.json or config.json) */
  readonly ends?: true;
}

/** Why no further token was generated: as many as were asked for; a token that ends the text; the model's context is full; it was cancelled. */
export type ContinuationEnd = 'length' | 'end-token' | 'context' | 'cancelled';

/** A prompt and what the model continues it with. */
export interface Continuation {
  readonly schema: 'visit.continuation/1';
  readonly model: ModelInfo;
  /** ids of the prompt's tokens */
  readonly prompt: readonly number[];
  /** null: the most likely token, each time */
  readonly sampling: Sampling | null;
  readonly tokens: readonly GeneratedToken[];
  /** what they spell, without a token that ends the text */
  readonly text: string;
  readonly ended: ContinuationEnd;
}
