/**
 * SentencePiece's precompiled normalization: a map from byte strings to texts, kept as a double-array trie. Applied as the
 * `spm_precompiled` package of the reference implementation does, which looks up short grapheme clusters, then characters.
 */
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { graphemes } from '../../core/text/graphemes';
import { DOWNLOAD_AGAIN } from '../checkpoint/json';
import type { Edit } from './aligned-text';
import { readComponent, type Component } from './definition';

/** A map as tokenizer.json has it, unpacked. */
export interface Charsmap {
  /** units of the double array: label, offset and leaf flag in 32 bits */
  readonly trie: Uint32Array;
  /** images, each ended by a zero byte; leaves of the trie are offsets in here */
  readonly images: Uint8Array;
}

/** UTF-8 bytes of a cluster that is looked up as a whole: fewer than these. */
const SHORT_CLUSTER = 6;

const settingsSchema = z.looseObject({ precompiled_charsmap: z.base64().nullish() });
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Unpacks a map; one that is missing changes nothing. Layout: size of the trie in bytes (u32), trie, images.
 * @throws Problem `tokenizer-invalid`
 */
export function readCharsmap(component: Component): Charsmap {
  const bytes = Buffer.from(readComponent(settingsSchema, component).precompiled_charsmap ?? '', 'base64');
  if (bytes.length === 0) return { trie: new Uint32Array(), images: new Uint8Array() };
  const size = bytes.length >= 4 ? bytes.readUInt32LE(0) : 0;
  if (size === 0 || size % 4 !== 0 || 4 + size > bytes.length) {
    throw new Problem('tokenizer-invalid', 'The tokenizer’s precompiled normalization is damaged.', DOWNLOAD_AGAIN);
  }
  const trie = Uint32Array.from({ length: size / 4 }, (_, i) => bytes.readUInt32LE(4 + 4 * i));
  return { trie, images: bytes.subarray(4 + size) };
}

/** What a map changes in a text. */
export function charsmapEdits(text: string, charsmap: Charsmap): Edit[] {
  const found: Edit[] = [];
  const lookUp = (part: string, from: number): boolean => {
    const image = imageOf(encoder.encode(part), charsmap);
    if (image === null) return false;
    if (image !== part) found.push({ from, to: from + part.length, image });
    return true;
  };
  for (const { segment, index } of graphemes(text)) {
    if (encoder.encode(segment).length < SHORT_CLUSTER && lookUp(segment, index)) continue;
    let at = index;
    for (const character of segment) {
      lookUp(character, at);
      at += character.length;
    }
  }
  return found;
}

/** Image of the shortest key that these bytes begin with: what the reference takes, although longer keys may match. */
function imageOf(bytes: Uint8Array, { trie, images }: Charsmap): string | null {
  if (trie.length === 0) return null;
  let at = offset(trie[0]);
  for (const byte of bytes) {
    if (byte === 0) return null;
    at ^= byte;
    const unit = trie[at] ?? 0;
    if ((unit & 0x800000ff) >>> 0 !== byte) return null;
    at ^= offset(unit);
    const isKey = ((unit >>> 8) & 1) === 1;
    if (isKey) {
      const start = (trie[at] ?? 0) & 0x7fffffff;
      const end = images.indexOf(0, start);
      return decoder.decode(images.subarray(start, end < 0 ? images.length : end));
    }
  }
  return null;
}

/** Distance to a unit's children. */
function offset(unit: number): number {
  return (unit >>> 10) << ((unit & (1 << 9)) >>> 6);
}
