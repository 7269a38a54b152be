/**
 * From a piece of text to tokens. The library's models do the cutting; here each token is told which characters of the piece
 * it stands for, and the library's gaps are closed: Unigram falls back to bytes, unknown characters are joined piece by piece.
 */
import { BPE, Unigram } from '@huggingface/tokenizers';
import { Problem } from '../../core/problem';
import type { BpeDefinition, ModelDefinition, UnigramDefinition } from './definition';
import { NO_TOKENIZER } from './file-pattern';

/** A token of a piece, and the UTF-16 units of the piece that it stands for. The bytes of one character all stand for it. */
export interface ModelToken {
  readonly id: number;
  readonly from: number;
  readonly to: number;
}

/** A vocabulary and the way it cuts. */
export interface TokenModel {
  /** every token of the vocabulary, as it is spelled there */
  readonly ids: ReadonlyMap<string, number>;
  /** @throws Problem `tokenizer-invalid` for characters that the vocabulary has no way to write */
  cut(piece: string): ModelToken[];
}

const encoder = new TextEncoder();

export function tokenModel(definition: ModelDefinition): TokenModel {
  return definition.type === 'BPE' ? bpe(definition) : unigram(definition);
}

function bpe({ vocab, merges, unk_token, fuse_unk, byte_fallback, ignore_merges, end_of_word_suffix }: BpeDefinition): TokenModel {
  const ids = new Map(Object.entries(vocab));
  const unknown = ids.get(unk_token ?? '');
  const suffix = end_of_word_suffix ?? '';
  const library = new BPE({
    type: 'BPE',
    vocab,
    merges,
    unk_token: unk_token ?? null,
    byte_fallback,
    ignore_merges,
    ...(suffix !== '' && { end_of_word_suffix: suffix }),
  });
  return {
    ids,
    cut: (piece) => {
      const tokens: ModelToken[] = [];
      const spelled = piece + suffix;
      let at = 0;
      // Byte tokens of the character at `at` that are still to come.
      let bytes: number[] = [];
      for (const token of library.encode([piece])) {
        if (bytes.length === 0 && spelled.startsWith(token, at)) {
          // The mark of a piece's end stands for no character of it.
          const to = Math.min(at + token.length, piece.length);
          tokens.push({ id: idOf(token, ids), from: at, to });
          at = to;
          continue;
        }
        const character = String.fromCodePoint(piece.codePointAt(at) ?? 0);
        if (bytes.length === 0) bytes = byte_fallback ? (byteIds(character, ids) ?? []) : [];
        const id = bytes.shift();
        const last = tokens.at(-1);
        if (id !== undefined) tokens.push({ id, from: at, to: at + character.length });
        else if (unknown === undefined || token !== unk_token) throw notSpelled(piece);
        else if (fuse_unk && last?.id === unknown && last.to === at) tokens[tokens.length - 1] = { ...last, to: at + character.length };
        else tokens.push({ id: unknown, from: at, to: at + character.length });
        if (bytes.length === 0) at += character.length;
      }
      if (at !== piece.length) throw notSpelled(piece);
      return tokens;
    },
  };
}

function unigram({ vocab, unk_id, byte_fallback }: UnigramDefinition): TokenModel {
  const ids = new Map(vocab.map(([token], id) => [token, id]));
  const library = new Unigram({ type: 'Unigram', vocab, unk_id: unk_id ?? null }, '');
  return {
    ids,
    cut: (piece) => {
      const tokens: ModelToken[] = [];
      let at = 0;
      let wasUnknown = false;
      for (const token of library.tokenize(piece)) {
        const from = at;
        const to = (at += token.length);
        const known = ids.get(token);
        const bytes = known === undefined && byte_fallback ? byteIds(token, ids) : null;
        const last = tokens.at(-1);
        if (known !== undefined) tokens.push({ id: known, from, to });
        else if (bytes !== null) tokens.push(...bytes.map((id) => ({ id, from, to })));
        else if (typeof unk_id !== 'number') throw notSpelled(piece);
        else if (wasUnknown && last) tokens[tokens.length - 1] = { ...last, to };
        else tokens.push({ id: unk_id, from, to });
        wasUnknown = known === undefined && bytes === null;
      }
      if (at !== piece.length) throw notSpelled(piece);
      return tokens;
    },
  };
}

/** Tokens of a text's bytes, `<0xE2>` and so on; null where the vocabulary lacks one of them. */
function byteIds(text: string, ids: ReadonlyMap<string, number>): number[] | null {
  const found = Array.from(encoder.encode(text), (byte) => ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`));
  return found.every((id) => id !== undefined) ? found : null;
}

function idOf(token: string, ids: ReadonlyMap<string, number>): number {
  const id = ids.get(token);
  if (id === undefined)
    throw new Problem(
      'tokenizer-invalid',
      `The tokenizer produced ${JSON.stringify(token)}, which is not in its vocabulary.`,
      NO_TOKENIZER,
    );
  return id;
}

function notSpelled(text: string): Problem {
  const excerpt = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  return new Problem(
    'tokenizer-invalid',
    `The model’s tokenizer has no tokens for some characters of ${JSON.stringify(excerpt)}.`,
    'Leave out unusual characters, or choose a model with a byte-level tokenizer.',
  );
}
