/**
 * The text that is run, and where it was taken from.
 */
import type * as z from 'zod';
import type { promptSchema } from './kept-input';

/**
 * A prompt. `origin` is absent for one that was typed into the page; `origin.uri` and `origin.name` are the document's address and its name for display; `origin.start` is the
 * offset of the prompt's first UTF-16 unit in the document when the prompt was taken. `chat` is there where the text is a conversation, which the
 * model's template writes: what is said. `continued` are ids of tokens that the model has continued it with.
 */
export type Prompt = z.infer<typeof promptSchema>;

/** Whether a prompt is its text and nothing else. */
export function isPlain({ chat, continued }: Prompt): boolean {
  return chat === undefined && continued === undefined;
}

/** A conversation as the text that was selected; of a prompt with a continuation only the prompt. */
export function plain({ text, origin }: Prompt): Prompt {
  return { text, ...(origin && { origin }) };
}
