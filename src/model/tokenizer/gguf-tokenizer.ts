/** The tokenizer that a GGUF file holds, in the words of tokenizer.json. */
import { Problem } from '../../core/problem';
import type { GgufValue } from '../checkpoint/gguf/header';
import type { JsonObject } from '../checkpoint/json';

type Metadata = ReadonlyMap<string, GgufValue>;

/** Types of tokens in `tokenizer.ggml.token_type`. */
const CONTROL = 3;
const USER_DEFINED = 4;

/** How a text is cut before byte-level BPE sees it, by the name in `tokenizer.ggml.pre`, as llama.cpp does it. */
const DIGITS = { type: 'Digits', individual_digits: true };
const GPT2 = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
const split = (pattern: string): JsonObject => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false },
    { type: 'ByteLevel', add_prefix_space: false, use_regex: false },
  ],
});
const LLAMA_3 =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const PRE: Readonly<Record<string, JsonObject>> = {
  'gpt-2': GPT2,
  'llama-bpe': split(LLAMA_3),
  llama3: split(LLAMA_3),
  smollm: { type: 'Sequence', pretokenizers: [DIGITS, GPT2] },
};

/**
 * What tokenizer.json would say; null where the file holds none.
 * @throws Problem `tokenizer-invalid` for kinds that are not known
 */
export function ggufTokenizer(metadata: Metadata): JsonObject | null {
  const of = (key: string): GgufValue | undefined => metadata.get(`tokenizer.ggml.${key}`);
  const model = of('model');
  if (model === undefined) return null;
  const pre = of('pre') ?? 'gpt-2';
  if (model !== 'gpt2' || typeof pre !== 'string' || !Object.hasOwn(PRE, pre)) {
    throw new Problem(
      'tokenizer-invalid',
      `The tokenizer of this GGUF file (${String(model)}${model === 'gpt2' ? `, cut as ${String(pre)}` : ''}) is not supported.`,
      `Supported: byte-level BPE cut as ${Object.keys(PRE).join(', ')}. Choose the original model in safetensors.`,
    );
  }
  const tokens = texts(of('tokens'), 'tokens');
  const types = of('token_type');
  const isSpecial = (id: number): boolean => Array.isArray(types) && (types[id] === CONTROL || types[id] === USER_DEFINED);
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  const begin = of('bos_token_id');
  const marks = of('add_bos_token') === true && typeof begin === 'number' && begin < tokens.length ? [tokens[begin]] : [];
  return {
    added_tokens: tokens.flatMap((content, id) =>
      isSpecial(id) ? [{ id, content, special: Array.isArray(types) && types[id] === CONTROL, normalized: false }] : [],
    ),
    normalizer: null,
    pre_tokenizer: PRE[pre],
    post_processor: marks.length === 0 ? null : beginning(marks[0], Number(begin)),
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: texts(of('merges'), 'merges'), ignore_merges: pre.startsWith('llama') },
  };
}

/** What begins every text with a mark. */
function beginning(token: string, id: number): JsonObject {
  return {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: token, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  };
}

function texts(value: GgufValue | undefined, what: string): string[] {
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
  throw new Problem('tokenizer-invalid', `The tokenizer of this GGUF file has no list of ${what}.`, 'The file is damaged: fetch it again.');
}
