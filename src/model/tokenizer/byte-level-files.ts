/**
 * Byte-level BPE as models had it before tokenizer.json: vocab.json, merges.txt and, for tokens added later,
 * added_tokens.json. What else a tokenizer does is known by its class, as in transformers.
 */
import { Problem } from '../../core/problem';
import type { JsonObject } from '../checkpoint/json';
import { readJson, type CheckpointSource } from '../checkpoint/source';
import { tokenContent, type TokenizerConfig } from './tokenizer-config';

const GPT2_CLASSES = /^(GPT2|CodeGen|PreTrained|Tokenizers?Backend)/;
const QWEN_CLASSES = /^Qwen2/;

/** The pattern that Qwen2Tokenizer cuts with. */
const QWEN_PATTERN =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * What tokenizer.json would say; null where there are no such files.
 * @throws Problem `tokenizer-invalid` for a class that is not known, or `io`
 */
export async function readByteLevelFiles(source: CheckpointSource, config: TokenizerConfig): Promise<JsonObject | null> {
  if (!source.has('vocab.json') || !source.has('merges.txt')) return null;
  const tokenizerClass = config.tokenizer_class ?? 'GPT2Tokenizer';
  const isQwen = QWEN_CLASSES.test(tokenizerClass);
  if (!isQwen && !GPT2_CLASSES.test(tokenizerClass)) {
    throw new Problem(
      'tokenizer-invalid',
      `The tokenizer is a ${tokenizerClass} without a tokenizer.json, and only GPT-2’s and Qwen’s can be read from vocab.json and merges.txt.`,
      'Put the model’s tokenizer.json beside its weights; transformers writes it when it saves the tokenizer.',
    );
  }
  const vocab = await readJson(source, 'vocab.json', 'tokenizer-invalid');
  const added = source.has('added_tokens.json') ? await readJson(source, 'added_tokens.json', 'tokenizer-invalid') : {};
  return {
    added_tokens: addedTokens(vocab, added, config),
    normalizer: isQwen ? { type: 'NFC' } : null,
    pre_tokenizer: preTokenizer(isQwen, config.add_prefix_space ?? false),
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: { type: 'BPE', vocab, merges: readMerges(await source.text('merges.txt', 'tokenizer-invalid')) },
  };
}

function preTokenizer(isQwen: boolean, add_prefix_space: boolean): JsonObject {
  if (!isQwen) return { type: 'ByteLevel', add_prefix_space, use_regex: true };
  const split = { type: 'Split', pattern: { Regex: QWEN_PATTERN }, behavior: 'Isolated', invert: false };
  return { type: 'Sequence', pretokenizers: [split, { type: 'ByteLevel', add_prefix_space, use_regex: false }] };
}

/** Tokens that are found in a text before it is cut: those that were added, and the special ones of the vocabulary. */
function addedTokens(vocab: JsonObject, added: JsonObject, config: TokenizerConfig): JsonObject[] {
  const special = [config.bos_token, config.eos_token, config.unk_token, config.pad_token].map(tokenContent);
  // GPT-2's own, which its class knows without being told.
  const known = [...special, '<|endoftext|>'].filter((content) => content !== undefined && content !== '' && content in vocab);
  const tokens = new Map<string, JsonObject>();
  const add = (id: unknown, content: string, settings: JsonObject): void => {
    if (!tokens.has(content)) tokens.set(content, { ...settings, id, content });
  };
  for (const [id, token] of Object.entries(config.added_tokens_decoder ?? {})) add(Number(id), token.content, token);
  for (const [content, id] of Object.entries(added)) add(id, content, { normalized: false, special: special.includes(content) });
  for (const content of known) if (content !== undefined) add(vocab[content], content, { normalized: false, special: true });
  return [...tokens.values()];
}

/** Pairs of merges.txt: one on each line, after a first line that names the version. */
function readMerges(text: string): string[] {
  const isPair = (line: string, i: number): boolean => line.trim() !== '' && !(i === 0 && line.startsWith('#version'));
  return text
    .split('\n')
    .filter(isPair)
    .map((line) => line.replace(/\r$/, ''));
}
