/**
 * Multi-head latent attention (DeepSeek-AI 2024, arXiv 2405.04434): queries, and keys and values, are made of a few normed numbers each; the
 * last features of a key, which alone are rotated, are the same for all heads; values may have another width than keys.
 */
import * as z from 'zod';
import { Problem } from '../../../core/problem';
import type { AttentionSpec, BottleneckSpec } from '../model-spec';
import { COMPARE_CONFIG, size } from './config-fields';
import type { LlamaConfig } from './llama-layout';
import { parametersOf, rotaryOf, yarnTemperature } from './rotary-config';
import { linear, rmsNorm } from './tensors';

/** Fields of these families. */
export const latentFields = {
  /** absent: queries are made of the input itself */
  q_lora_rank: size.nullish(),
  kv_lora_rank: size,
  /** features of a head's query and key that are not rotated, and of those that are */
  qk_nope_head_dim: size,
  qk_rope_head_dim: size,
  v_head_dim: size,
  attention_bias: z.boolean().default(false),
};

/** The same, with the sizes that DeepSeek's models and those made after them have where config.json does not say. */
export const deepseekLatentFields = {
  ...latentFields,
  kv_lora_rank: size.default(512),
  /** null: queries are made of the input itself */
  q_lora_rank: size.nullable().default(1536),
  qk_nope_head_dim: size.default(128),
  qk_rope_head_dim: size.default(64),
  v_head_dim: size.default(128),
};

type LatentConfig = LlamaConfig & z.infer<z.ZodObject<typeof latentFields>>;

/** The norms of bottlenecks have the reference's own epsilon, whatever config.json says of the others. */
const EPSILON = 1e-6;

/** Whether rotated features are paired with their neighbours, as in most of these families, or with those half of them away. */
interface LatentVariation {
  readonly interleaved: boolean;
}

/** How the last features of every head are rotated. @throws Problem `config-invalid` */
export function latentRotary(config: LatentConfig, { interleaved }: LatentVariation): ReturnType<typeof rotaryOf> {
  return { ...rotaryOf(config, config.qk_rope_head_dim, { interleaved }), isLast: true };
}

/**
 * The attention of a block.
 *
 * @param name that of its module
 * @throws Problem `config-invalid` where heads are to share keys, of which the bottleneck makes one for each
 */
export function latentAttention(config: LatentConfig, name: string): Omit<AttentionSpec, 'rotary'> {
  const { hidden_size: d, num_attention_heads: nHeads, q_lora_rank: queryRank, kv_lora_rank: rank, attention_bias: bias } = config;
  const { qk_nope_head_dim: own, qk_rope_head_dim: rotated, v_head_dim: dValue } = config;
  if ((config.num_key_value_heads ?? nHeads) !== nHeads) {
    throw new Problem(
      'config-invalid',
      `config.json: num_key_value_heads is ${config.num_key_value_heads}, where latent attention makes a key for each of ${nHeads} heads.`,
      COMPARE_CONFIG,
    );
  }
  const dHead = own + rotated;
  const compressed = `${name}.kv_a_proj_with_mqa`;
  const kvBottleneck: BottleneckSpec = {
    layer: linear(compressed, d, rank, bias, { offset: 0, of: rank + rotated }),
    norm: rmsNorm(`${name}.kv_a_layernorm`, rank, EPSILON),
  };
  const expanded = (offset: number, run: number) =>
    linear(`${name}.kv_b_proj`, rank, nHeads * run, false, { offset, of: nHeads * (own + dValue), every: { run, step: own + dValue } });
  return {
    nHeads,
    nKeyValueHeads: nHeads,
    dHead,
    dValue,
    scale: sharpness(config) / Math.sqrt(dHead),
    ...(queryRank
      ? {
          q: linear(`${name}.q_b_proj`, queryRank, nHeads * dHead, false),
          qBottleneck: {
            layer: linear(`${name}.q_a_proj`, d, queryRank, bias),
            norm: rmsNorm(`${name}.q_a_layernorm`, queryRank, EPSILON),
          },
        }
      : { q: linear(`${name}.q_proj`, d, nHeads * dHead, false) }),
    k: expanded(0, own),
    v: expanded(own, dValue),
    kvBottleneck,
    sharedKey: linear(compressed, d, rotated, bias, { offset: rank, of: rank + rotated }),
    o: linear(`${name}.o_proj`, nHeads * dValue, d, bias),
  };
}

/** What scores are multiplied with beside 1 / √k where positions are stretched: the square of the factor of `mscale_all_dim`. */
function sharpness(config: LatentConfig): number {
  const parameters = parametersOf(config);
  const { mscale_all_dim: weight, factor } = parameters;
  const isScaled = (parameters.rope_type ?? parameters.type ?? 'default') !== 'default';
  return isScaled && weight ? yarnTemperature(factor ?? 1, weight) ** 2 : 1;
}
