/**
 * Text as a row of characters, each with its UTF-8 bytes and its place in the prompt: the ruler on which tokens are laid.
 */

/** Bytes, and for every byte the UTF-16 range of the character that it belongs to. */
export interface TextUnits {
  readonly bytes: Uint8Array;
  /** [bytes] first UTF-16 unit of the character */
  readonly starts: Uint32Array;
  /** [bytes] one past its last UTF-16 unit */
  readonly ends: Uint32Array;
}

/** Unicode normalization that a tokenizer applies before it cuts. */
export type NormalizationForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' });

/**
 * Lays out `text`, whose first unit lies at `offset` of the prompt. With a normalization form the bytes are those of the
 * normalized text, and their ranges those of the grapheme clusters that they came from; null when the clusters do not
 * normalize one by one.
 */
export function textUnits(text: string, offset: number, form: NormalizationForm | null): TextUnits | null {
  const normalized = form === null ? text : text.normalize(form);
  const pieces = normalized === text ? text : Array.from(graphemes.segment(text), ({ segment }) => segment);
  const bytes = encoder.encode(normalized);
  const starts = new Uint32Array(bytes.length);
  const ends = new Uint32Array(bytes.length);
  let at = 0;
  let start = offset;
  for (const piece of pieces) {
    const image = encoder.encode(normalized === text || form === null ? piece : piece.normalize(form));
    const end = start + piece.length;
    for (let i = 0; i < image.length; i++) if (image[i] !== bytes[at + i]) return null;
    starts.fill(start, at, at + image.length);
    ends.fill(end, at, at + image.length);
    at += image.length;
    start = end;
  }
  return at === bytes.length ? { bytes, starts, ends } : null;
}

/**
 * Decodes bytes that need not be whole characters; each byte that is part of none becomes one U+FFFD.
 */
export function decodeUnits(bytes: Uint8Array): TextUnits & { readonly text: string } {
  const starts = new Uint32Array(bytes.length);
  const ends = new Uint32Array(bytes.length);
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const announced = characterLength(bytes, at);
    const character = decodeWhole(bytes.subarray(at, at + announced));
    const next = at + (character === null ? 1 : announced);
    starts.fill(text.length, at, next);
    text += character ?? '\uFFFD';
    ends.fill(text.length, at, next);
    at = next;
  }
  return { bytes, starts, ends, text };
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
