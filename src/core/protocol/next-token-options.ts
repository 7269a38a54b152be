/** How the next token of a sequence is chosen. */
import * as z from 'zod';
import { samplingSchema } from '../format/continuation';
import { positive } from './engine-inputs';

export const nextTokenOptionsSchema = z
  .object({
    /** how many of the most likely tokens are listed */
    top: positive,
    /** absent: the most likely token */
    sampling: samplingSchema.optional(),
  })
  .readonly();
/** How the next token is chosen. */
export type NextTokenOptions = z.infer<typeof nextTokenOptionsSchema>;
