/**
 * Characters that are spread over several tokens. Byte-level BPE writes many scripts with tokens that are less than a character:
 * alone they are bytes, but in a prompt the tokens around them tell which character they are a part of.
 */
import type { TokenText } from './token-text';

type Token = Pick<TokenText, 'text' | 'fragment'>;

/** A whole character of the prompt, and which of its parts a token has. */
interface Piece {
  readonly character: string;
  /** from 1; null: the token has all of it */
  readonly part: { readonly place: number; readonly of: number } | null;
}

/**
 * The tokens of a text, each fragment with the characters that it is a part of: `日₁⁄₂`, `日₂⁄₂`. A fragment whose bytes make
 * up no character together with those around it stays as it is.
 */
export function withCharacterParts<T extends Token>(tokens: readonly T[]): (T & Pick<TokenText, 'inPrompt'>)[] {
  const named: (T & Pick<TokenText, 'inPrompt'>)[] = [...tokens];
  for (let from = 0; from < tokens.length; from++) {
    if (!tokens[from]?.fragment) continue;
    let end = from + 1;
    while (tokens[end]?.fragment) end++;
    piecesOf(tokens.slice(from, end).map(bytesOf)).forEach((pieces, i) => {
      const token = tokens[from + i];
      if (token !== undefined && pieces !== null) named[from + i] = { ...token, inPrompt: pieces.map(spelled).join('') };
    });
    from = end;
  }
  return named;
}

/** What tokens spell together: fragments with the characters that their bytes make up, U+FFFD where they make up none. */
export function spelledTogether(tokens: readonly Token[]): string {
  let text = '';
  for (let from = 0; from < tokens.length; from++) {
    let end = from;
    while (tokens[end]?.fragment) end++;
    if (end === from) {
      text += tokens[from]?.text ?? '';
      continue;
    }
    for (const pieces of piecesOf(tokens.slice(from, end).map(bytesOf))) {
      if (pieces === null) text += '\ufffd';
      else text += pieces.map(({ character, part }) => (part === null || part.place === 1 ? character : '')).join('');
    }
    from = end - 1;
  }
  return text;
}

/** The bytes that a fragment's text names. */
function bytesOf({ text }: Token): readonly number[] {
  return Array.from(text.matchAll(/<0x([0-9A-F]{2})>/g), ([, hex]) => Number.parseInt(hex ?? '', 16));
}

/** Of every token of a run, given its bytes, the characters that it has or has a part of; null: some of its bytes are of none. */
function piecesOf(run: readonly (readonly number[])[]): readonly (readonly Piece[] | null)[] {
  const owners = run.flatMap((bytes, token) => bytes.map(() => token));
  const bytes = Uint8Array.from(run.flat());
  const pieces: (Piece[] | null)[] = run.map(() => []);
  for (let at = 0; at < bytes.length;) {
    const length = lengthOf(bytes[at] ?? 0);
    const character = decoded(bytes.subarray(at, at + length));
    const holders = [...new Set(owners.slice(at, at + (character === null ? 1 : length)))];
    holders.forEach((token, i) => {
      if (character === null) pieces[token] = null;
      else pieces[token]?.push({ character, part: holders.length === 1 ? null : { place: i + 1, of: holders.length } });
    });
    at += character === null ? 1 : length;
  }
  return pieces;
}

/** How many bytes a character has that begins with this one, in UTF-8. */
function lengthOf(first: number): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
}

/** The least code point that UTF-8 writes in 1, 2, 3 and 4 bytes. */
const LEAST = [0, 0x80, 0x800, 0x10000] as const;

/** The character that bytes write in UTF-8; null: none. */
function decoded([first = 0, ...rest]: Uint8Array): string | null {
  const length = lengthOf(first);
  if (rest.length !== length - 1 || rest.some((byte) => byte >> 6 !== 0b10)) return null;
  const lead = length === 1 ? first : first & (0x7f >> length);
  const code = rest.reduce((bits, byte) => (bits << 6) | (byte & 0x3f), lead);
  const isCharacter = code >= (LEAST[length - 1] ?? 0) && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter && (length > 1 || first < 0x80) ? String.fromCodePoint(code) : null;
}

const SUBSCRIPTS = '₀₁₂₃₄';

function spelled({ character, part }: Piece): string {
  return part === null ? character : `${character}${SUBSCRIPTS[part.place]}⁄${SUBSCRIPTS[part.of]}`;
}
