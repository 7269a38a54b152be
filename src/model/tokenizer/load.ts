import * as z from 'zod';
import { Problem } from '../../core/problem';
import type { TokenizerSource } from '../checkpoint/checkpoint';
import type { JsonObject } from '../checkpoint/json';
import { readJson, type CheckpointSource } from '../checkpoint/source';
import { readByteLevelFiles } from './byte-level-files';
import { componentTypes, readDefinition, type Component, type Definition } from './definition';
import { ggufTokenizer } from './gguf-tokenizer';
import { readFrame, type Frame } from './frame';
import { PromptTokenizer } from './prompt-tokenizer';
import type { Spelling } from './token-bytes';
import { configSchema, tokenContent, type TokenizerConfig } from './tokenizer-config';

/**
 * Loads the tokenizer of a checkpoint: tokenizer.json, else GPT-2's older pair vocab.json and merges.txt. null when it has
 * neither.
 * @throws Problem `tokenizer-invalid` or `io`
 */
export async function loadTokenizer(tokenizer: TokenizerSource): Promise<PromptTokenizer | null> {
  const { json, config } = await read(tokenizer);
  if (json === null) return null;
  const definition = readDefinition(json);
  return new PromptTokenizer(definition, {
    spelling: readSpelling(definition),
    frame: readWholeFrame(definition, config),
    dropsFirstSpace: dropsFirstSpace(definition.decoder),
  });
}

async function read(tokenizer: TokenizerSource): Promise<{ json: JsonObject | null; config: TokenizerConfig }> {
  if (tokenizer.kind === 'gguf') return { json: ggufTokenizer(await tokenizer.metadata()), config: {} };
  const { source } = tokenizer;
  const config = await readConfig(source);
  const json = source.has('tokenizer.json')
    ? await readJson(source, 'tokenizer.json', 'tokenizer-invalid')
    : await readByteLevelFiles(source, config);
  return { json, config };
}

/** tokenizer_config.json, and what only the older special_tokens_map.json says. */
async function readConfig(source: CheckpointSource): Promise<TokenizerConfig> {
  const read = async (name: string) => (source.has(name) ? readJson(source, name, 'tokenizer-invalid') : {});
  const settings = { ...(await read('special_tokens_map.json')), ...(await read('tokenizer_config.json')) };
  const parsed = configSchema.safeParse(settings);
  // A setting of another shape than expected does not justify refusing a tokenizer that is complete without it.
  return parsed.success ? parsed.data : {};
}

/** @throws Problem `tokenizer-invalid` for kinds whose tokens do not spell the text that they stand for */
function readSpelling({ normalizer, pre_tokenizer, decoder, model }: Definition): Spelling {
  if ([pre_tokenizer, decoder].flatMap(componentTypes).includes('ByteLevel')) return 'byte-level';
  const isSentencePiece =
    model.type === 'Unigram' || model.byte_fallback || [normalizer, pre_tokenizer, decoder].flatMap(componentTypes).includes('Metaspace');
  if (isSentencePiece) return 'metaspace';
  throw new Problem(
    'tokenizer-invalid',
    `This kind of tokenizer is not supported (${model.type} model, neither byte-level nor SentencePiece).`,
    'Choose a model with a byte-level BPE or SentencePiece tokenizer, as GPT-2 and Llama have.',
  );
}

/** Classes of transformers that put a beginning-of-text mark in front unless they are told otherwise. */
const MARKING_CLASSES = /^(Llama|CodeLlama|Gemma)Tokenizer(Fast)?$/;

/**
 * The tokens around every prompt. The post-processor of tokenizer.json has the say, as in transformers; where it adds
 * nothing, the switches of tokenizer_config.json do.
 */
function readWholeFrame({ post_processor, added_tokens, model }: Definition, config: TokenizerConfig): Frame {
  const frame = readFrame(post_processor);
  if (frame.before.length > 0 || frame.after.length > 0) return frame;
  const idOf = (token: TokenizerConfig['bos_token']): number[] => {
    const content = tokenContent(token);
    const added = added_tokens.find((candidate) => candidate.content === content)?.id;
    const id =
      added ?? (model.type === 'BPE' && content !== undefined && Object.hasOwn(model.vocab, content) ? model.vocab[content] : undefined);
    return id === undefined ? [] : [id];
  };
  const marksBegin = config.add_bos_token ?? (post_processor === null && MARKING_CLASSES.test(config.tokenizer_class ?? ''));
  return { before: marksBegin ? idOf(config.bos_token) : [], after: config.add_eos_token ? idOf(config.eos_token) : [] };
}

const stripSchema = z.looseObject({ type: z.literal('Strip'), content: z.literal(' '), start: z.int().positive() });
const metaspaceSchema = z.looseObject({
  type: z.literal('Metaspace'),
  prepend_scheme: z.enum(['always', 'first', 'never']).optional(),
  add_prefix_space: z.boolean().default(true),
});

/** Whether decoding takes the space away that the first token begins with. */
function dropsFirstSpace(decoder: Component | null): boolean {
  if (decoder === null) return false;
  const steps = decoder.type === 'Sequence' && Array.isArray(decoder['decoders']) ? (decoder['decoders'] as unknown[]) : [decoder];
  return steps.some((step) => {
    const metaspace = metaspaceSchema.safeParse(step).data;
    const prepends = metaspace?.prepend_scheme === undefined ? metaspace?.add_prefix_space === true : metaspace.prepend_scheme !== 'never';
    return prepends || stripSchema.safeParse(step).success;
  });
}
