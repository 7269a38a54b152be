/**
 * Tokens as text that survives: on a screen, in a terminal, in a file.
 *
 * A token's bytes need not be whole UTF-8 characters (byte-level BPE cuts an emoji in two). Such a token has no text of
 * its own, so its bytes are named instead.
 */

/** One entry of a vocabulary, ready to be shown. */
export interface TokenText {
  readonly id: number;
  /** The token's text; for a fragment of a character its bytes as `<0xE2><0x98>`. */
  readonly text: string;
  /** True when `text` names bytes because the token is not a whole number of characters. */
  readonly fragment?: true | undefined;
}

/** The mark that stands for a space at the edge of a token. */
export const VISIBLE_SPACE = '·';

const ESCAPES = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

// Control, format (bidi marks, zero-width), surrogate, private-use and unassigned characters, line and paragraph separators.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]/gu;

/** Spaces that do not look like the ordinary one, or like nothing at all. */
const OTHER_SPACES = /(?! )\p{Zs}/gu;
const NO_BREAK_SPACE = '\u00a0';

/** Names spaces other than the ordinary one: `NBSP`, `\u{3000}`. */
function nameSpaces(text: string): string {
  return text.replace(OTHER_SPACES, (c) => (c === NO_BREAK_SPACE ? 'NBSP' : `\\u{${c.codePointAt(0)?.toString(16)}}`));
}

/** Names what has no picture: whitespace controls as `\n`, `\t`, every other such character as `\u{200b}`. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, (c) => ESCAPES.get(c) ?? `\\u{${c.codePointAt(0)?.toString(16)}}`);
}

// A joiner that makes one picture of two, such as an astronaut of a woman and a rocket.
const JOINER = /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]*)\u200d(?=\p{Extended_Pictographic})/u;

/** A prompt within a line: what has no picture is escaped, but pictures that a zero-width joiner makes one stay one. */
export function showPrompt(text: string): string {
  return text.split(JOINER).map(escapeUnsafe).join('\u200d');
}

/**
 * The token as it is drawn: leading and trailing spaces visible as `·`, characters without a picture escaped. A
 * zero-width joiner between emoji is escaped too: what is invisible is named.
 */
export function showToken(token: Pick<TokenText, 'text' | 'fragment'>): string {
  if (token.fragment) return token.text;
  if (token.text === '') return '∅';
  return nameSpaces(escapeUnsafe(token.text)).replace(/^ +| +$/g, (spaces) => VISIBLE_SPACE.repeat(spaces.length));
}

/** Names bytes that do not make up a whole character: `<0xF0><0x9F>`. */
export function byteNames(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`).join('');
}
