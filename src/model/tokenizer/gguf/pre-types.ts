// cspell:ignore tekken refact codeshell minerva smaug chatglm megrez deepseek poro viking bailingmoe jais gigachat midm smollm trillion hunyuan stablelm exaone
/**
 * How a text is cut before byte-level BPE sees it, by the name in `tokenizer.ggml.pre`: what the tokenizer.json of the models says that
 * llama.cpp gives this name to. One name may stand for several families that cut alike.
 */
import type { JsonObject } from '../../checkpoint/json';

/** See the head of this file. */
export interface PreType {
  /** in the words of tokenizer.json */
  readonly cut: JsonObject;
  /** whether a text is composed (NFC) before */
  readonly isComposed?: true;
  /** whether words of the vocabulary are taken whole, whatever the merges would make of them */
  readonly takesWords?: true;
  /** whether a text begins with a mark where the file does not say */
  readonly marksBeginning?: true;
}

const isolated = (pattern: string): JsonObject => ({ type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false });
const DIGITS = { type: 'Digits', individual_digits: true };
const GPT2 = { type: 'ByteLevel', add_prefix_space: false, use_regex: true };
const BYTES = { ...GPT2, use_regex: false };
const sequence = (...pretokenizers: readonly JsonObject[]): JsonObject => ({ type: 'Sequence', pretokenizers });
const split = (...patterns: readonly string[]): JsonObject => sequence(...patterns.map(isolated), BYTES);

const CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
/** Letters that may follow one other character; numbers; what is neither, with line ends; white space. */
const words = (letters: string, numbers: string, ends = '[\\r\\n]*', lines = '\\s*[\\r\\n]+'): string =>
  `${letters}|${numbers}| ?[^\\s\\p{L}\\p{N}]+${ends}|${lines}|\\s+(?!\\S)|\\s+`;
const LETTERS = `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+`;
const UPPER = '[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]';
const LOWER = '[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]';
/** Words that begin with capitals, each with what may follow it. */
const cased = (ending: string): string =>
  `[^\\r\\n\\p{L}\\p{N}]?${UPPER}*${LOWER}+${ending}|[^\\r\\n\\p{L}\\p{N}]?${UPPER}+${LOWER}*${ending}`;
const SENTENCES = ' ?[^(\\s|[.,!?…。，、।۔،])]+';

const llama3: PreType = { cut: split(words(LETTERS, '\\p{N}{1,3}')), takesWords: true, marksBeginning: true };
const cl100k: PreType = { cut: split(words(LETTERS, '\\p{N}{1,3}')) };
const qwen2: PreType = { cut: split(words(LETTERS, '\\p{N}')), isComposed: true };
const gpt2: PreType = { cut: GPT2 };
const composedGpt2: PreType = { cut: GPT2, isComposed: true };
const digits: PreType = { cut: sequence(DIGITS, GPT2) };
const gpt4o: PreType = { cut: split(words(cased(`${CONTRACTIONS}?`), '\\p{N}{1,3}', '[\\r\\n/]*')) };
const deepseek3: PreType = {
  cut: split(
    '\\p{N}{1,3}',
    '[一-龥぀-ゟ゠-ヿ]+',
    '[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
  ),
};
const sentences: PreType = { cut: split(SENTENCES) };

/** Every name that is known. */
export const PRE_TYPES: Readonly<Record<string, PreType>> = {
  bloom: sentences,
  'chatglm-bpe': cl100k,
  codeshell: digits,
  'command-r': { ...digits, isComposed: true },
  dbrx: cl100k,
  'deepseek-coder': { cut: sequence(...['[\\r\\n]', '\\s?\\p{L}+', '\\s?\\p{P}+', '[一-龥ࠀ-一가-퟿]+'].map(isolated), DIGITS, BYTES) },
  'deepseek-r1-qwen': qwen2,
  'deepseek-v3': deepseek3,
  exaone: digits,
  falcon: {
    cut: sequence(
      { type: 'Punctuation', behavior: 'Contiguous' },
      GPT2,
      { type: 'Digits', individual_digits: false },
      isolated('[0-9][0-9][0-9]'),
    ),
  },
  falcon3: llama3,
  gigachat: gpt2,
  'gpt-2': gpt2,
  'gpt-4o': gpt4o,
  'gpt3-finnish': sentences,
  jais: gpt2,
  lfm2: llama3,
  'llama-bpe': llama3,
  'llama-v3': llama3,
  llama3,
  llama4: gpt4o,
  megrez: qwen2,
  'midm-2.0': llama3,
  'minerva-7b': digits,
  mpt: composedGpt2,
  olmo: composedGpt2,
  'phi-2': gpt2,
  pixtral: llama3,
  'poro-chat': sentences,
  qwen2,
  refact: digits,
  'smaug-bpe': cl100k,
  smollm: digits,
  stablelm2: qwen2,
  starcoder: digits,
  tekken: { cut: split(words(cased(''), '\\p{N}', '[\\r\\n/]*')), takesWords: true, marksBeginning: true },
  trillion: gpt2,
  viking: { cut: sequence(isolated(SENTENCES), DIGITS, BYTES) },
};

/** What is taken where a file says nothing: files from before the name was written. */
export const UNNAMED: PreType = gpt2;
