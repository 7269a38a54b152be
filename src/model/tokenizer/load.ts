import * as z from 'zod';
import { Problem } from '../../core/problem';
import type { TokenizerSource } from '../checkpoint/checkpoint';
import type { JsonObject } from '../checkpoint/json';
import { readJson, type CheckpointSource } from '../checkpoint/source';
import { readByteLevelFiles } from './byte-level-files';
import { componentTypes, readDefinition, type Component, type Definition } from './definition';
import { NO_TOKENIZER } from './file-pattern';
import { ggufTokenizer } from './gguf/gguf-tokenizer';
import { readFrame, type Frame } from './frame';
import { readListedTokens } from '../checkpoint/listed-tokens';
import { PromptTokenizer } from './prompt-tokenizer';
import type { Spelling } from './token-bytes';
import { configSchema, tokenContent, type TokenizerConfig } from './tokenizer-config';

/**
 * Loads the tokenizer of a checkpoint: tokenizer.json, else GPT-2's older pair vocab.json and merges.txt, else the tokens that a description
 * lists. null when it has none of them.
 * @throws Problem `tokenizer-invalid` or `io`
 */
export async function loadTokenizer(tokenizer: TokenizerSource): Promise<PromptTokenizer | null> {
  const { json, config, isOlder } = await read(tokenizer);
  if (json === null) return null;
  const definition = readDefinition(json);
  return new PromptTokenizer(definition, {
    spelling: readSpelling(definition),
    frame: readWholeFrame(definition, config, isOlder),
    dropsFirstSpace: dropsFirstSpace(definition.decoder),
  });
}

/** What tokenizer.json says, or would say; `isOlder`: of files from before it. */
async function read(
  tokenizer: TokenizerSource,
): Promise<{ readonly json: JsonObject | null; readonly config: TokenizerConfig; readonly isOlder: boolean }> {
  if (tokenizer.kind === 'gguf') return { json: ggufTokenizer(await tokenizer.metadata()), config: {}, isOlder: false };
  const { source } = tokenizer;
  const config = await readConfig(source);
  if (source.has('tokenizer.json')) return { json: await readJson(source, 'tokenizer.json', 'tokenizer-invalid'), config, isOlder: false };
  const older = await readByteLevelFiles(source, config);
  if (older !== null) return { json: older, config, isOlder: true };
  return { json: await readListedTokens(source), config, isOlder: false };
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
    NO_TOKENIZER,
  );
}

/**
 * The tokens around every prompt. Where there is a tokenizer.json, its post-processor has the only say, as in transformers; the
 * switches of tokenizer_config.json are for the older files, which have none.
 */
function readWholeFrame({ post_processor, added_tokens, model }: Definition, config: TokenizerConfig, isOlder: boolean): Frame {
  if (!isOlder) return readFrame(post_processor);
  const idOf = (token: TokenizerConfig['bos_token']): number[] => {
    const content = tokenContent(token);
    const added = added_tokens.find((candidate) => candidate.content === content)?.id;
    const id =
      added ?? (model.type === 'BPE' && content !== undefined && Object.hasOwn(model.vocab, content) ? model.vocab[content] : undefined);
    return id === undefined ? [] : [id];
  };
  return { before: config.add_bos_token ? idOf(config.bos_token) : [], after: config.add_eos_token ? idOf(config.eos_token) : [] };
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
