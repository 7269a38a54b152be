/**
 * Tokens as text that survives: on a screen, in a terminal, in a file.
 *
 * A token's bytes need not be whole UTF-8 characters (byte-level BPE cuts an emoji in two). Such a token has no text of
 * its own, so its bytes are named instead; in a prompt, the character that it is a part of (`character-parts.ts`).
 */

/** One entry of a vocabulary, ready to be shown. */
export interface TokenText {
  readonly id: number;
  /** The token's text; for a fragment of a character its bytes as `<0xE2><0x98>`. */
  readonly text: string;
  /** True when `text` names bytes because the token is not a whole number of characters. */
  readonly fragment?: true | undefined;
  /** For a fragment in a prompt the characters that it is a part of, each with the part: `日₁⁄₂`. */
  readonly inPrompt?: string | undefined;
}

/** What is needed of a token to show it. */
export type ShownToken = Pick<TokenText, 'text' | 'fragment' | 'inPrompt'>;

/** The mark that stands for a space at the edge of a token. */
export const VISIBLE_SPACE = '·';

const ESCAPES = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

// Control, format (bidi marks, zero-width), surrogate, private-use and unassigned characters, line and paragraph separators,
// all else that is drawn as nothing, and what chooses a variant of the character before it where there is none.
const VARIANTS = String.raw`\u180b-\u180d\u180f\ufe00-\ufe0f\u{e0100}-\u{e01ef}`;
const UNSAFE = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\u2028\u2029]|(?![${VARIANTS}])\p{Default_Ignorable_Code_Point}|(?<![\p{L}\p{M}\p{N}\p{P}\p{S}])[${VARIANTS}]`;
let unsafe: RegExp | undefined;

/** Spaces that do not look like the ordinary one, or like nothing at all, and a picture that is blank: Braille without a dot. */
const OTHER_SPACES = /(?! )\p{Zs}|\u2800/gu;
const NO_BREAK_SPACE = '\u00a0';

/** Names spaces other than the ordinary one: `NBSP`, `\u{3000}`. */
function nameSpaces(text: string): string {
  return text.replace(OTHER_SPACES, (c) => (c === NO_BREAK_SPACE ? 'NBSP' : codeName(c)));
}

function codeName(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

/** A mark that belongs on the letter before it, where there is none. */
const LOOSE_MARK = /(?<![^ ])(?=\p{M})/gu;
/** The letter that stands for any. */
const DOTTED_CIRCLE = '◌';

/** Names what has no picture: whitespace controls as `\n`, `\t`, every other such character as `\u{200b}`. */
export function escapeUnsafe(text: string): string {
  // Made at its first use, which takes 2 ms: the start of the extension shows no tokens.
  unsafe ??= new RegExp(UNSAFE, 'gu');
  return text.replace(unsafe, (c) => ESCAPES.get(c) ?? codeName(c));
}

// A joiner that makes one picture of two, such as an astronaut of a woman and a rocket.
// oxlint-disable-next-line no-misleading-character-class -- modifiers are meant by themselves
const JOINER = /(?<=\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]*)\u200d(?=\p{Extended_Pictographic})/u;

/** A prompt within a line: what has no picture is escaped, but pictures that a zero-width joiner makes one stay one. */
export function showPrompt(text: string): string {
  return text.split(JOINER).map(escapeUnsafe).join('\u200d');
}

/**
 * The token as it is drawn: leading and trailing spaces visible as `·` (a `·` of its own there by its number), characters without a picture named, marks without a
 * letter on a dotted circle. A zero-width joiner between emoji is named too. A fragment in a prompt is shown as the character
 * that it is a part of, any other as its bytes.
 */
export function showToken({ text, fragment, inPrompt }: ShownToken): string {
  if (fragment) return inPrompt === undefined ? text : visible(inPrompt);
  return text === '' ? '∅' : visible(text);
}

/** A token of a prompt with all that is known of it: for a part of a character also the token's bytes. */
export function showTokenInFull(token: ShownToken): string {
  return token.inPrompt === undefined ? showToken(token) : `${showToken(token)} ${token.text}`;
}

/** Spaces at the edges of a token, and what would be taken for their mark there. */
const EDGE = new RegExp(`^[ ${VISIBLE_SPACE}]+|[ ${VISIBLE_SPACE}]+$`, 'g');

function visible(text: string): string {
  return nameSpaces(escapeUnsafe(text))
    .replace(LOOSE_MARK, DOTTED_CIRCLE)
    .replace(EDGE, (edge) => edge.replaceAll(VISIBLE_SPACE, codeName(VISIBLE_SPACE)).replaceAll(' ', VISIBLE_SPACE));
}

/** Names bytes that do not make up a whole character: `<0xF0><0x9F>`. */
export function byteNames(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`).join('');
}
