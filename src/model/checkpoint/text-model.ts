/** Models of images and text: the language model inside them is a checkpoint of its own, and their towers are left out. */
import type { StoredTensor, StoredTensors } from './checkpoint';
import type { JsonObject } from './json';

/** The language model inside each kind: its `model_type` where text_config gives none of its own, and what that leaves out. */
const LANGUAGE_MODELS: ReadonlyMap<string, { readonly modelType?: string; readonly defaults?: JsonObject }> = new Map([
  [
    'gemma3',
    {
      modelType: 'gemma3_text',
      defaults: {
        vocab_size: 262_208,
        num_attention_heads: 8,
        num_key_value_heads: 4,
        head_dim: 256,
        max_position_embeddings: 131_072,
        query_pre_attn_scalar: 256,
      },
    },
  ],
  ['idefics3', { defaults: { model_type: 'llama' } }],
  ['llama4', { modelType: 'llama4_text' }],
  ['llava', {}],
  ['llava_next', {}],
  ['mistral3', { defaults: { model_type: 'mistral' } }],
  ['qwen2_5_vl', { modelType: 'qwen2' }],
  ['qwen2_vl', { modelType: 'qwen2' }],
  ['qwen3_vl', { modelType: 'qwen3' }],
  ['smolvlm', { defaults: { model_type: 'llama' } }],
]);

/** `model_type` of every model of images and text whose language model can be run. */
export const wrapperTypes: readonly string[] = [...LANGUAGE_MODELS.keys()];

/** How the names of the language model’s tensors begin in a wrapper, and in the model alone. */
const PREFIXES: readonly (readonly [inWrapper: string, alone: string])[] = [
  ['model.language_model.', 'model.'],
  ['language_model.model.', 'model.'],
  ['language_model.lm_head.', 'lm_head.'],
  ['model.text_model.', 'model.'],
  ['lm_head.', 'lm_head.'],
];

interface TextModel extends StoredTensors {
  readonly config: JsonObject;
  readonly notes: readonly { readonly kind: 'note'; readonly text: string }[];
}

/** The language model of a checkpoint that holds more than one; any other checkpoint as it is. */
export function textModelOf(config: JsonObject, { tensors, skipped }: StoredTensors): TextModel {
  const outer = config['model_type'];
  const kind = typeof outer === 'string' ? LANGUAGE_MODELS.get(outer) : undefined;
  if (kind === undefined) return { config, tensors, skipped, notes: [] };
  const names = [...tensors.keys(), ...skipped.keys()];
  const isNested = names.some((name) => PREFIXES.some(([prefix, own]) => prefix !== own && name.startsWith(prefix)));
  const alone = (name: string): string | undefined => {
    const found = PREFIXES.find(([prefix]) => name.startsWith(prefix));
    if (found) return found[1] + name.slice(found[0].length);
    // Older files name the language model as if it were alone, and have the tower beside it.
    return !isNested && name.startsWith('model.') ? name : undefined;
  };
  const kept = <T>(entries: ReadonlyMap<string, T>): [string, T][] =>
    Array.from(entries, ([name, entry]): [string | undefined, T] => [alone(name), entry]).filter(
      (pair): pair is [string, T] => pair[0] !== undefined,
    );
  const towers = new Set(names.filter((name) => alone(name) === undefined).map((name) => name.replace(/^(model\.)?([^.]+).*$/, '$1$2')));
  return {
    config: textConfig(config, kind),
    tensors: new Map<string, StoredTensor>(kept(tensors).map(([name, tensor]) => [name, { ...tensor, name }])),
    skipped: new Map(kept(skipped)),
    notes: [
      {
        kind: 'note',
        text: `The model reads images as well as text (${String(outer)}). Only its language model is run; left out: ${[...towers].sort().join(', ') || 'nothing that is stored'}.`,
      },
    ],
  };
}

/** What config.json says of the language model, in the words of a model that is alone. */
function textConfig(
  config: JsonObject,
  { modelType, defaults }: { readonly modelType?: string; readonly defaults?: JsonObject },
): JsonObject {
  const { text_config: inner, vision_config: _vision, architectures: _classes, ...outer } = config;
  const isApart = typeof inner === 'object' && inner !== null;
  const text: JsonObject = isApart ? (inner as JsonObject) : outer;
  const { quantization_config: quantised = outer['quantization_config'], ...fields } = text;
  return {
    ...defaults,
    ...fields,
    ...(modelType !== undefined && { model_type: modelType }),
    // The wrapper's head is tied as the wrapper says.
    tie_word_embeddings: outer['tie_word_embeddings'] ?? fields['tie_word_embeddings'] ?? !isApart,
    ...withoutImagePositions(fields),
    ...(quantised !== undefined && { quantization_config: quantised }),
  };
}

/** Positions of images have three axes (`mrope_section`); those of text are the same on all three, which is an ordinary rotation. */
function withoutImagePositions(fields: JsonObject): JsonObject {
  return Object.fromEntries(
    ['rope_scaling', 'rope_parameters'].flatMap((field) => {
      const value = fields[field];
      if (typeof value !== 'object' || value === null || !('mrope_section' in value)) return [];
      const { mrope_section: _sections, mrope_interleaved: _order, type, ...rest } = value as JsonObject;
      const other = type === undefined || type === 'mrope' ? {} : { type };
      return [[field, { ...rest, ...(rest['rope_type'] === 'mrope' && { rope_type: 'default' }), ...other }]];
    }),
  );
}
