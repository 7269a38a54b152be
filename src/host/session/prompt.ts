/**
 * The text that is run, and where it was taken from.
 */
import * as z from 'zod';

export const promptSchema = z
  .object({
    text: z.string(),
    origin: z.exactOptional(
      z
        .object({
          uri: z.string(),
          name: z.string(),
          start: z.int().nonnegative(),
        })
        .readonly(),
    ),
  })
  .readonly();

/**
 * A prompt. `origin` is absent for one that was typed into the page; `origin.uri` and `origin.name` are the document's address and its name for display; `origin.start` is the
 * offset of the prompt's first UTF-16 unit in the document when the prompt was taken.
 */
export type Prompt = z.infer<typeof promptSchema>;
