import * as z from 'zod';
import { Problem } from '../../core/problem';
import { DOWNLOAD_AGAIN } from '../checkpoint/json';
import { firstIssue } from '../schema-problem';
import { NO_TOKENIZER } from './file-pattern';

/** A normalizer, pre-tokenizer, post-processor or decoder as tokenizer.json writes it; read further where its type is known. */
export type Component = { readonly type: string; readonly [setting: string]: unknown };

export const componentSchema = z.looseObject({ type: z.string() });
const optionalComponent = componentSchema.nullish().transform((component) => component ?? null);

/** A text that is one token wherever it stands, such as `<|endoftext|>`. */
export const addedTokenSchema = z.looseObject({
  id: z.int().nonnegative(),
  content: z.string().min(1),
  /** not inside a word */
  single_word: z.boolean().default(false),
  /** takes the white space before it with it */
  lstrip: z.boolean().default(false),
  /** takes the white space after it with it */
  rstrip: z.boolean().default(false),
  /** is looked for in the normalized text */
  normalized: z.boolean().optional(),
  special: z.boolean().default(false),
});
export type AddedToken = z.infer<typeof addedTokenSchema>;

const isId = (id: unknown): boolean => Number.isInteger(id) && (id as number) >= 0;
const isPair = (pair: unknown): boolean => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string');

// Hundreds of thousands of entries, and tokens may be called `__proto__`: looked at, not copied.
const vocabularySchema = z.custom<Readonly<Record<string, number>>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isId),
  'not a vocabulary',
);
const mergesSchema = z.custom<string[] | [string, string][]>(
  (value) => Array.isArray(value) && (value.every((merge) => typeof merge === 'string') || value.every(isPair)),
  'not a list of merges',
);
const scoredTokensSchema = z.custom<[string, number][]>(
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((entry) => Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number'),
  'not a list of tokens with scores',
);

const bpeSchema = z.looseObject({
  type: z.literal('BPE'),
  vocab: vocabularySchema,
  merges: mergesSchema,
  unk_token: z.string().nullish(),
  fuse_unk: z.boolean().default(false),
  byte_fallback: z.boolean().default(false),
  ignore_merges: z.boolean().default(false),
  /** what the last letter of a piece is written with, as in `e</w>` */
  end_of_word_suffix: z.string().nullish(),
  /** what all letters but the first are written with */
  continuing_subword_prefix: z.string().nullish(),
  /** chance at which a merge is left out */
  dropout: z.number().nullish(),
});
const unigramSchema = z.looseObject({
  type: z.literal('Unigram'),
  vocab: scoredTokensSchema,
  unk_id: z.int().nonnegative().nullish(),
  byte_fallback: z.boolean().default(false),
});
export type BpeDefinition = z.infer<typeof bpeSchema>;
export type UnigramDefinition = z.infer<typeof unigramSchema>;
export type ModelDefinition = BpeDefinition | UnigramDefinition;

/** Older files do not say the model's type, but only BPE has merges, and only Unigram a list for a vocabulary. */
const untypedModel = z
  .looseObject({ type: z.string().nullish(), merges: z.unknown().optional(), vocab: z.unknown().optional() })
  .transform((model) => ({
    ...model,
    type: model.type ?? (model.merges !== undefined ? 'BPE' : Array.isArray(model.vocab) ? 'Unigram' : 'unnamed'),
  }));

/** tokenizer.json as far as it decides which tokens a text has. */
export const definitionSchema = z.looseObject({
  added_tokens: z
    .array(addedTokenSchema)
    .nullish()
    .transform((tokens) => tokens ?? []),
  normalizer: optionalComponent,
  pre_tokenizer: optionalComponent,
  post_processor: optionalComponent,
  decoder: optionalComponent,
  model: untypedModel,
});

/** A tokenizer that can be used here. */
export interface Definition {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: Component | null;
  readonly pre_tokenizer: Component | null;
  readonly post_processor: Component | null;
  readonly decoder: Component | null;
  readonly model: ModelDefinition;
}

/**
 * Checks what was read from tokenizer.json.
 * @throws Problem `tokenizer-invalid`
 */
export function readDefinition(json: unknown): Definition {
  const { model, ...parts } = read(definitionSchema, json, 'tokenizer.json is not a tokenizer');
  if (model.type === 'BPE') {
    const bpe = read(bpeSchema, model, 'The tokenizer’s model is damaged');
    refuseSettings(bpe);
    return { ...parts, model: bpe };
  }
  if (model.type === 'Unigram') return { ...parts, model: read(unigramSchema, model, 'The tokenizer’s model is damaged') };
  throw new Problem(
    'tokenizer-invalid',
    `This kind of tokenizer is not supported (${model.type} model in tokenizer.json; BPE and Unigram can).`,
    NO_TOKENIZER,
  );
}

/** @throws Problem `tokenizer-invalid` naming a setting of BPE that would give other tokens and is not honoured here */
function refuseSettings({ continuing_subword_prefix: prefix, end_of_word_suffix: suffix, byte_fallback, dropout }: BpeDefinition): void {
  const refuse = (setting: string, meaning: string): Problem =>
    new Problem('tokenizer-invalid', `tokenizer.json: ${setting}, which is not supported: ${meaning}.`, NO_TOKENIZER);
  if (prefix) throw refuse(`continuing_subword_prefix is ${JSON.stringify(prefix)}`, 'letters inside a word are written with it');
  if (suffix && byte_fallback)
    throw refuse(`end_of_word_suffix is ${JSON.stringify(suffix)} beside byte_fallback`, 'bytes would be marked too');
  if (dropout) throw refuse(`dropout is ${dropout}`, 'a prompt would have other tokens every time');
}

/** Checks the settings of a component. @throws Problem `tokenizer-invalid` */
export function readComponent<T>(schema: z.ZodType<T>, component: Component): T {
  return read(schema, component, `The tokenizer’s ${component.type} has unsupported settings`);
}

function read<T>(schema: z.ZodType<T>, value: unknown, complaint: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem('tokenizer-invalid', `${complaint}: ${firstIssue(parsed.error)}.`, DOWNLOAD_AGAIN);
}

/** Types of a component and of all components inside it; sequences nest them under a name of their own. */
export function componentTypes(component: unknown): string[] {
  if (typeof component !== 'object' || component === null) return [];
  const own = 'type' in component && typeof component.type === 'string' ? [component.type] : [];
  return [...own, ...Object.values(component).flatMap((value) => (Array.isArray(value) ? value.flatMap(componentTypes) : []))];
}
