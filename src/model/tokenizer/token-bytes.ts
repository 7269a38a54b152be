/**
 * What bytes a token stands for. Vocabularies spell bytes in two ways: byte-level BPE (GPT-2) gives each byte a printable
 * character, SentencePiece-like BPE (Llama) writes text with `▁` for the space and rare bytes as `<0x0A>`.
 */

/** How a vocabulary spells its tokens. */
export type Spelling = 'byte-level' | 'metaspace';

const encoder = new TextEncoder();

/**
 * The byte that each character of byte-level BPE stands for: printable Latin-1 characters stand for themselves, the other 68
 * bytes in ascending order for U+0100, U+0101, … (GPT-2's encoder.py).
 */
const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = (() => {
  const isPrintable = (byte: number): boolean => (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
  let next = 0x100;
  return new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCharCode(isPrintable(byte) ? byte : next++), byte]));
})();

const CHARACTER_OF_BYTE: readonly string[] = (() => {
  const characters: string[] = [];
  for (const [character, byte] of BYTE_OF_CHARACTER) characters[byte] = character;
  return characters;
})();

/** What SentencePiece writes for a space. */
export const SPACE_MARK = '▁';

const BYTE_FALLBACK = /^<0x([0-9A-F]{2})>$/;

/** A text as byte-level BPE writes it: one printable character for each of its bytes. */
export function byteLevelSpelling(text: string): string {
  return Array.from(encoder.encode(text), (byte) => CHARACTER_OF_BYTE[byte]).join('');
}

/**
 * Bytes of a token as the vocabulary spells it. A token with a character that byte-level BPE does not use was added by hand
 * and stands for itself.
 */
export function tokenBytes(token: string, spelling: Spelling): Uint8Array {
  if (spelling === 'metaspace') {
    const fallback = BYTE_FALLBACK.exec(token)?.[1];
    return fallback === undefined ? encoder.encode(token.replaceAll(SPACE_MARK, ' ')) : Uint8Array.of(Number.parseInt(fallback, 16));
  }
  const bytes: number[] = [];
  for (const character of token) {
    const byte = BYTE_OF_CHARACTER.get(character);
    if (byte === undefined) return encoder.encode(token);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}

/** Whether the token is a single byte written as `<0x0A>`: a second spelling of what may also be a token of its own. */
export function isByteFallback(token: string, spelling: Spelling): boolean {
  return spelling === 'metaspace' && BYTE_FALLBACK.test(token);
}
