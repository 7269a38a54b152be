/** Bytes as text: which characters they are, and where each lies. */

/** A text, and for every byte of it the UTF-16 range of the character that it belongs to. */
export interface TextUnits {
  readonly text: string;
  /** [bytes] first UTF-16 unit of the character */
  readonly starts: Uint32Array;
  /** [bytes] one past its last UTF-16 unit */
  readonly ends: Uint32Array;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes bytes that need not be whole characters; each byte that is part of none becomes one U+FFFD.
 */
export function decodeUnits(bytes: Uint8Array): TextUnits {
  const starts = new Uint32Array(bytes.length);
  const ends = new Uint32Array(bytes.length);
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const announced = characterLength(bytes, at);
    const character = decodeWhole(bytes.subarray(at, at + announced));
    const next = at + (character === null ? 1 : announced);
    starts.fill(text.length, at, next);
    text += character ?? '\uFFFD';
    ends.fill(text.length, at, next);
    at = next;
  }
  return { text, starts, ends };
}

/** The text of bytes that are whole characters, else null. A byte order mark is text like any other. */
export function decodeWhole(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** Bytes of the character that begins here, as its first byte announces them. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at];
  return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/** UTF-16 range of the bytes [begin, end); an empty one is where the text continues. */
export function rangeOfBytes({ text, starts, ends }: TextUnits, begin: number, end: number): [start: number, end: number] {
  if (end > begin) return [starts[begin], ends[end - 1]];
  const start = starts[begin] ?? text.length;
  return [start, start];
}

/** Bytes one after the other. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
