/**
 * Shortening a prompt to what a model's context holds. Only ever done when the user asked for it.
 */
import { Problem } from '../problem';

/** A text cut into tokens, as far as shortening needs it. */
export interface CutText {
  /** where each token begins, in UTF-16 units of the text */
  readonly tokens: readonly { readonly start: number }[];
  /** false when there are more tokens than `contextLength` */
  readonly fits: boolean;
  readonly contextLength: number;
}

/**
 * Offset of the first UTF-16 unit that stays when `text` is cut at a token's beginning so that the rest fits. The rest
 * is tokenized again, for a text without its beginning may fall into more tokens than it did with it. Rejects with
 * `prompt-too-long` when no end of the text fits.
 */
export async function offsetOfLastTokens(text: string, tokenize: (text: string) => Promise<CutText>): Promise<number> {
  let rest = text;
  for (;;) {
    const { tokens, fits, contextLength } = await tokenize(rest);
    if (fits) return text.length - rest.length;
    const surplus = tokens.length - contextLength;
    const first = tokens.find(({ start }, i) => i >= surplus && start > 0 && start < rest.length);
    if (!first)
      throw new Problem(
        'prompt-too-long',
        'Not even the end of this prompt fits the model’s context.',
        'Use a model with a longer context.',
      );
    rest = rest.slice(first.start);
  }
}
