/**
 * What the many families share that name their tensors as Llama does: a gated feed-forward layer, queries, keys and values
 * of their own, no learned positions. A family's file says in what it differs.
 */
import * as z from 'zod';
import { activationOf } from './activations';
import { layerCount, requireMultiple, size } from './config-fields';
import type { Activation, AttentionSpec, BlockSpec, FeedForwardSpec, MlpSpec, ModelSpec, NormSpec, UnembeddingSpec } from '../model-spec';
import { contextLengthOf, rotaryFields } from './rotary-config';
import type { RotarySpec } from './rotary';
import { linear, prefixOf, rmsNorm, unembeddingTable } from './tensors';
import type { HeadSizes } from './tensors';

/** Fields that these families share; the sizes have no defaults. */
export const llamaFields = {
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.nullish(),
  hidden_act: z.string().default('silu'),
  tie_word_embeddings: z.boolean().default(false),
  ...rotaryFields,
};

/** The shared part of config.json. */
export type LlamaConfig = z.infer<z.ZodObject<typeof llamaFields>>;

/** Fields of families in which some layers see a window of the last positions only. */
export const windowFields = {
  sliding_window: size.nullish(),
  layer_types: z.array(z.enum(['full_attention', 'sliding_attention'])).nullish(),
};

/**
 * Whether attention sees a window in a layer, as the `window` of its description.
 *
 * @param slides the family's rule where config.json does not list its layers
 */
export function windowOf(
  config: z.infer<z.ZodObject<typeof windowFields>>,
  layer: number,
  slides: (layer: number) => boolean,
): Pick<AttentionSpec, 'window'> {
  const sliding = config.layer_types ? config.layer_types[layer] === 'sliding_attention' : slides(layer);
  return sliding && config.sliding_window ? { window: config.sliding_window } : {};
}

/**
 * Sizes of the heads.
 *
 * @throws Problem `config-invalid` where heads cannot share the width, or the keys
 */
export function headSizes({ hidden_size: d, num_attention_heads: nHeads, ...config }: LlamaConfig): HeadSizes {
  const nKeyValueHeads = config.num_key_value_heads ?? nHeads;
  if (!config.head_dim) requireMultiple('hidden_size', d, 'num_attention_heads', nHeads);
  requireMultiple('num_attention_heads', nHeads, 'num_key_value_heads', nKeyValueHeads);
  return { nHeads, nKeyValueHeads, dHead: config.head_dim ?? d / nHeads };
}

/** In what a family differs from Llama. */
export interface LlamaVariation {
  /** the norm of a name; absent: by the root of the mean square, with this epsilon */
  readonly norm: number | ((name: string, width: number) => NormSpec);
  /** the family's word for each norm of a block that it has; absent: one before each branch */
  readonly norms?: Readonly<Partial<Record<'ln1' | 'ln1Post' | 'ln2' | 'ln2Post', string>>>;
  readonly biases?: { readonly qkv?: boolean; readonly o?: boolean; readonly mlp?: boolean };
  readonly rotary: RotarySpec;
  /** whether a layer rotates its queries and keys; absent: all do */
  readonly rotates?: (layer: number) => boolean;
  /** what a layer's attention has beside, or instead of, Llama's; `name` is that of its module */
  readonly attention?: (layer: number, name: string) => Partial<AttentionSpec>;
  /** likewise the feed-forward layer */
  readonly mlp?: (name: string) => Partial<MlpSpec>;
  /** a layer's feed-forward layer where it is another one altogether, such as a mixture of experts; `name` is that of the block */
  readonly feedForward?: (layer: number, name: string) => FeedForwardSpec | undefined;
  /** whether the feed-forward layer has a gate; absent: it has */
  readonly gated?: boolean;
  /** the non-linearity, where it has weights of its own; absent: the one that `hidden_act` names */
  readonly activation?: (name: string) => Activation;
  readonly block?: Partial<Pick<BlockSpec, 'wiring' | 'branchScale'>>;
  readonly embeddingScale?: number;
  readonly embeddingNorm?: NormSpec;
  readonly unembedding?: Partial<Pick<UnembeddingSpec, 'norm' | 'scale' | 'softCap'>>;
}

const NORMS_BEFORE = { ln1: 'input_layernorm', ln2: 'post_attention_layernorm' };

/**
 * Describes a model of Llama's layout.
 *
 * @throws Problem `config-invalid`
 */
export function llamaLayout(family: string, config: LlamaConfig, has: (tensor: string) => boolean, variation: LlamaVariation): ModelSpec {
  const { hidden_size: d, intermediate_size: dMlp, vocab_size: vocabSize } = config;
  const sizes = headSizes(config);
  const { nHeads, nKeyValueHeads, dHead } = sizes;
  const { biases = {}, norms = NORMS_BEFORE, rotary, rotates = () => true } = variation;
  const activation: (name: string) => Activation = variation.activation ?? (() => activationOf('hidden_act', config.hidden_act));
  const prefix = prefixOf(has, 'model.', ['embed_tokens.weight', 'norm.weight', 'layers.0.self_attn.o_proj.weight']);
  const norm = (name: string) => (typeof variation.norm === 'number' ? rmsNorm(name, d, variation.norm) : variation.norm(name, d));

  const block = (layer: number): BlockSpec => {
    const at = `${prefix}layers.${layer}`;
    const attention = `${at}.self_attn`;
    const mlp = `${at}.mlp`;
    const project = (name: string, count: number) => linear(`${attention}.${name}`, d, count * dHead, biases.qkv ?? false);
    const blockNorms = Object.fromEntries(Object.entries(norms).map(([place, name]) => [place, norm(`${at}.${name}`)]));
    return {
      wiring: 'sequential',
      ...blockNorms,
      attention: {
        ...sizes,
        scale: 1 / Math.sqrt(dHead),
        q: project('q_proj', nHeads),
        k: project('k_proj', nKeyValueHeads),
        v: project('v_proj', nKeyValueHeads),
        o: linear(`${attention}.o_proj`, nHeads * dHead, d, biases.o ?? false),
        ...(rotates(layer) && { rotary }),
        ...variation.attention?.(layer, attention),
      },
      mlp: variation.feedForward?.(layer, at) ?? {
        dMlp,
        activation: activation(mlp),
        ...(variation.gated !== false && { gate: linear(`${mlp}.gate_proj`, d, dMlp, biases.mlp ?? false) }),
        up: linear(`${mlp}.up_proj`, d, dMlp, biases.mlp ?? false),
        down: linear(`${mlp}.down_proj`, dMlp, d, biases.mlp ?? false),
        ...variation.mlp?.(mlp),
      },
      ...variation.block,
    };
  };

  const tokens = { tensor: `${prefix}embed_tokens.weight`, rows: vocabSize, width: d };
  return {
    family,
    dModel: d,
    vocabSize,
    contextLength: contextLengthOf(config, rotary),
    embedding: {
      tokens,
      ...(variation.embeddingScale !== undefined && { scale: variation.embeddingScale }),
      ...(variation.embeddingNorm && { norm: variation.embeddingNorm }),
    },
    blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
    unembedding: {
      norm: norm(`${prefix}norm`),
      table: unembeddingTable(tokens, config.tie_word_embeddings),
      ...variation.unembedding,
    },
  };
}
