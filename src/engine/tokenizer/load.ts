import { ByteLevelPreTokenizer, SequencePreTokenizer, Tokenizer, type PreTokenizer } from '@huggingface/tokenizers';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { Problem } from '../../core/problem';
import { DOWNLOAD_AGAIN, readJsonObject } from '../checkpoint/json';
import { firstIssue } from '../schema-problem';
import { PromptTokenizer, type TokenizerTraits } from './prompt-tokenizer';
import type { NormalizationForm } from './text-units';

/** What is needed of tokenizer.json here; the library reads the rest. */
const definitionSchema = z.looseObject({
  added_tokens: z.array(z.looseObject({ id: z.int().nonnegative(), content: z.string().min(1) })).nullish(),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  post_processor: z.unknown().optional(),
  decoder: z.unknown().optional(),
  model: z.looseObject({ type: z.string().nullish(), byte_fallback: z.boolean().nullish() }),
});
type Definition = z.infer<typeof definitionSchema>;

/**
 * Loads the tokenizer of a checkpoint folder; null when the folder has no tokenizer.json.
 * @throws Problem `tokenizer-invalid` or `io`
 */
export async function loadTokenizer(folder: string): Promise<PromptTokenizer | null> {
  const file = join(folder, 'tokenizer.json');
  if (!existsSync(file)) return null;
  const configFile = join(folder, 'tokenizer_config.json');
  const definition = definitionSchema.safeParse(await readJsonObject(file, 'tokenizer-invalid'));
  if (!definition.success) {
    throw new Problem('tokenizer-invalid', `tokenizer.json is not a tokenizer: ${firstIssue(definition.error)}.`, DOWNLOAD_AGAIN);
  }
  const config = existsSync(configFile) ? await readJsonObject(configFile, 'tokenizer-invalid') : {};
  const traits = readTraits(definition.data);
  try {
    const { added_tokens, normalizer, pre_tokenizer, post_processor, decoder } = definition.data;
    const complete = {
      ...definition.data,
      added_tokens: added_tokens ?? [],
      normalizer: normalizer ?? null,
      pre_tokenizer: pre_tokenizer ?? null,
      post_processor: post_processor ?? null,
      decoder: decoder ?? null,
    };
    const tokenizer = new Tokenizer(complete, { ...config, clean_up_tokenization_spaces: false });
    matchUnicodeWhitespace(tokenizer.pre_tokenizer);
    return new PromptTokenizer(tokenizer, traits);
  } catch (error) {
    throw new Problem('tokenizer-invalid', `The tokenizer cannot be loaded: ${Problem.from(error).message}.`, DOWNLOAD_AGAIN, { cause: error });
  }
}

/**
 * JavaScript's `\s` contains U+FEFF and lacks U+0085; the reference implementation's is Unicode's White_Space. The
 * library's GPT-2 pattern uses the former and would cut both characters differently.
 */
function matchUnicodeWhitespace(preTokenizer: PreTokenizer | null): void {
  if (preTokenizer instanceof SequencePreTokenizer) preTokenizer.tokenizers.forEach(matchUnicodeWhitespace);
  if (preTokenizer instanceof ByteLevelPreTokenizer) {
    preTokenizer.pattern =
      /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
  }
}

/** @throws Problem `tokenizer-invalid` for kinds whose tokens do not spell the text that they stand for */
function readTraits(definition: Definition): TokenizerTraits {
  const normalizers = componentTypes(definition.normalizer);
  const others = [...componentTypes(definition.pre_tokenizer), ...componentTypes(definition.decoder)];
  const form = normalizers.find(isNormalizationForm) ?? null;
  if (others.includes('ByteLevel')) return { spelling: 'byte-level', form };
  if (others.includes('Metaspace') || definition.model.byte_fallback === true) return { spelling: 'metaspace', form };
  throw new Problem(
    'tokenizer-invalid',
    `The tokenizer is of a kind that cannot be read here (${definition.model.type ?? 'unnamed'} model, neither byte-level nor SentencePiece).`,
    'Choose a model with a byte-level BPE or SentencePiece tokenizer, as GPT-2 and Llama have.',
  );
}

/** Types of a component and of all components inside it; sequences nest them under a name of their own. */
function componentTypes(component: unknown): string[] {
  if (typeof component !== 'object' || component === null) return [];
  const own = 'type' in component && typeof component.type === 'string' ? [component.type] : [];
  return [...own, ...Object.values(component).flatMap((value) => (Array.isArray(value) ? value.flatMap(componentTypes) : []))];
}

function isNormalizationForm(type: string): type is NormalizationForm {
  return type === 'NFC' || type === 'NFD' || type === 'NFKC' || type === 'NFKD';
}
