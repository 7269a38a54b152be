/** How many positions of a prompt attend at once: what keeps the memory of attention from growing with the square of the prompt's length. */

/** Prompts with more tokens than this attend in pieces. */
export const LONG_PROMPT = 1024;

/** Queries of one piece. */
export const PIECE = 128;

/** How many queries of a prompt attend together. */
export function queriesAtOnce(tokens: number): number {
  return tokens > LONG_PROMPT ? PIECE : tokens;
}
