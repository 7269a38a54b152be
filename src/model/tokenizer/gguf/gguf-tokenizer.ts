/** The tokenizer that a GGUF file holds, in the words of tokenizer.json. */
import { Problem } from '../../../core/problem';
import { shownValue, type GgufValue } from '../../checkpoint/gguf/header';
import { preName } from '../../checkpoint/gguf/pre-name';
import type { JsonObject } from '../../checkpoint/json';
import { SPACE_MARK } from '../token-bytes';
import { PRE_TYPES, UNNAMED, type PreType } from './pre-types';
import { mergesOf, type ScoredPiece } from './sentencepiece-merges';

type Metadata = ReadonlyMap<string, GgufValue>;

/** Types of tokens in `tokenizer.ggml.token_type`. */
const UNKNOWN = 2;
const CONTROL = 3;
const USER_DEFINED = 4;
const BYTE = 6;

/** What of a text's frame a kind of tokenizer has where the file does not say. */
interface Defaults {
  readonly begin?: number;
  readonly end?: number;
  readonly marksBeginning: boolean;
}

/**
 * What tokenizer.json would say; null where the file holds none.
 * @throws Problem `tokenizer-invalid` for kinds that are not known
 */
export function ggufTokenizer(metadata: Metadata): JsonObject | null {
  const model = metadata.get('tokenizer.ggml.model');
  if (model === undefined) return null;
  const file = new GgufVocabulary(metadata);
  if (model === 'gpt2') return byteLevel(file, preTypeOf(metadata));
  if (model === 'llama') return sentencePiece(file);
  throw new Problem(
    'tokenizer-invalid',
    `The tokenizer of this GGUF file is of the kind ${shownValue(model)}, which is not supported.`,
    'Supported: byte-level BPE (gpt2) and SentencePiece’s BPE (llama). Choose the original model in safetensors.',
  );
}

function preTypeOf(metadata: Metadata): PreType {
  const pre = preName(metadata);
  if (pre === undefined) return UNNAMED;
  if (typeof pre === 'string' && Object.hasOwn(PRE_TYPES, pre)) return PRE_TYPES[pre];
  throw new Problem(
    'tokenizer-invalid',
    `The tokenizer of this GGUF file cuts texts as ${shownValue(pre)} does, which is not known (tokenizer.ggml.pre).`,
    `Known: ${Object.keys(PRE_TYPES).join(', ')}. Token ids can be traced without it (visit trace --tokens).`,
  );
}

function byteLevel(file: GgufVocabulary, pre: PreType): JsonObject {
  return {
    added_tokens: file.added((token) => token, [CONTROL, USER_DEFINED]),
    normalizer: pre.isComposed ? { type: 'NFC' } : null,
    pre_tokenizer: pre.cut,
    post_processor: file.frame({ marksBeginning: pre.marksBeginning ?? false }),
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab: file.ids(), merges: file.merges(), ignore_merges: pre.takesWords ?? false },
  };
}

function sentencePiece(file: GgufVocabulary): JsonObject {
  const hasPrefix = file.flag('add_space_prefix') ?? true;
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: SPACE_MARK };
  const back = { type: 'Replace', pattern: { String: SPACE_MARK }, content: ' ' };
  return {
    // Pieces of the vocabulary are written with marks; a text in which they are looked for has spaces.
    added_tokens: file.added((token) => token.replaceAll(SPACE_MARK, ' '), [UNKNOWN, CONTROL, USER_DEFINED]),
    normalizer: hasPrefix ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: SPACE_MARK }, replace] } : replace,
    pre_tokenizer: null,
    post_processor: file.frame({ begin: 1, end: 2, marksBeginning: true }),
    decoder: {
      type: 'Sequence',
      decoders: [
        back,
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(hasPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      type: 'BPE',
      vocab: file.ids(),
      merges: mergesOf(file.pieces()),
      byte_fallback: true,
      fuse_unk: true,
      unk_token: file.tokens[file.id('unknown_token_id') ?? 0] ?? null,
    },
  };
}

/** The lists of a vocabulary, checked. */
class GgufVocabulary {
  readonly tokens: readonly string[];
  private readonly types: readonly GgufValue[];

  /** @throws Problem `tokenizer-invalid` */
  constructor(private readonly metadata: Metadata) {
    this.tokens = this.texts('tokens');
    const types = this.of('token_type') ?? [];
    if (!Array.isArray(types) || (types.length > 0 && types.length !== this.tokens.length)) throw damaged('types of its tokens');
    this.types = types;
  }

  ids(): Readonly<Record<string, number>> {
    const ids: Record<string, number> = Object.create(null) as Record<string, number>;
    // Where two tokens are spelled alike, the first counts.
    this.tokens.forEach((token, id) => (ids[token] ??= id));
    return ids;
  }

  merges(): readonly string[] {
    return this.texts('merges');
  }

  /** Pieces that merges are made of: ordinary ones, with their scores. @throws Problem `tokenizer-invalid` */
  pieces(): ReadonlyMap<string, ScoredPiece> {
    const scores = this.of('scores');
    if (!Array.isArray(scores) || scores.length !== this.tokens.length || !scores.every((score) => typeof score === 'number'))
      throw damaged('scores of its tokens');
    const unknown = scores.findIndex((score) => Number.isNaN(score));
    if (unknown >= 0) throw unsound(`has no number as the score of token ${unknown}`);
    const pieces = new Map<string, ScoredPiece>();
    this.tokens.forEach((token, id) => {
      const type = this.types[id];
      const isOrdinary = type !== UNKNOWN && type !== CONTROL && type !== USER_DEFINED && type !== BYTE;
      if (!isOrdinary) return;
      if (token.length > LONGEST_PIECE) throw unsound(`has a piece of ${token.length} characters, more than any has`);
      if (!pieces.has(token)) pieces.set(token, { id, score: scores[id] });
    });
    return pieces;
  }

  /** Tokens of some types, which are found in a text before it is cut. */
  added(spell: (token: string) => string, types: readonly number[]): JsonObject[] {
    return this.tokens.flatMap((token, id) => {
      const type = this.types[id];
      return token !== '' && typeof type === 'number' && types.includes(type)
        ? [{ id, content: spell(token), special: type !== USER_DEFINED, normalized: false }]
        : [];
    });
  }

  /** What puts the marks of beginning and end around every text; null where there are none. */
  frame({ begin, end, marksBeginning }: Defaults): JsonObject | null {
    const mark = (isWanted: boolean, id: number | undefined): readonly number[] =>
      isWanted && id !== undefined && id < this.tokens.length ? [id] : [];
    const before = mark(this.flag('add_bos_token') ?? marksBeginning, this.id('bos_token_id') ?? begin);
    const after = mark(this.flag('add_eos_token') ?? false, this.id('eos_token_id') ?? end);
    if (before.length + after.length === 0) return null;
    const marks = (ids: readonly number[]) => ids.map((id) => ({ SpecialToken: { id: String(id), type_id: 0 } }));
    return {
      type: 'TemplateProcessing',
      single: [...marks(before), { Sequence: { id: 'A', type_id: 0 } }, ...marks(after)],
      pair: [],
      special_tokens: Object.fromEntries([...before, ...after].map((id) => [id, { id: String(id), ids: [id], tokens: [this.tokens[id]] }])),
    };
  }

  /** The id of a token with a role. */
  id(key: string): number | undefined {
    const id = this.of(key);
    return typeof id === 'number' && Number.isInteger(id) && id >= 0 ? id : undefined;
  }

  flag(key: string): boolean | undefined {
    const flag = this.of(key);
    return typeof flag === 'boolean' ? flag : undefined;
  }

  private of(key: string): GgufValue | undefined {
    return this.metadata.get(`tokenizer.ggml.${key}`);
  }

  private texts(key: string): readonly string[] {
    const value = this.of(key);
    if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
    throw damaged(key);
  }
}

/** Characters of a piece; every way to part it in two is tried. */
const LONGEST_PIECE = 1000;

const damaged = (what: string): Problem => unsound(`has no list of ${what}`);

function unsound(what: string): Problem {
  return new Problem('tokenizer-invalid', `The tokenizer of this GGUF file ${what}.`, 'The file is damaged: fetch it again.');
}
