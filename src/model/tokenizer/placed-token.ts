/** Tokens laid over the prompt that they were cut from. */
import { rangeOf, type AlignedText } from './aligned-text';

/** A token, and the UTF-16 units of the prompt that it covers. */
export interface PlacedToken {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** A token that stands for units [from, to) of a text. */
export function place(id: number, text: AlignedText, from: number, to: number): PlacedToken {
  const [start, end] = rangeOf(text, from, to);
  return { id, start, end };
}

/** White space that was left out is covered by the token after it, whose mark stands for it. */
export function closeGaps(tokens: readonly PlacedToken[], text: string): PlacedToken[] {
  let covered = 0;
  return tokens.map((token) => {
    const isGap = token.start > covered && /^\p{White_Space}+$/u.test(text.slice(covered, token.start));
    const closed = isGap ? { ...token, start: covered } : token;
    covered = Math.max(covered, token.end);
    return closed;
  });
}
