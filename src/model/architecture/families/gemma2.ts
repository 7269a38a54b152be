/** Gemma 2 (Gemma Team 2024, arXiv 2408.00118): norms before and after each branch, windows in every other layer, soft-caps. */
import * as z from 'zod';
import type { Config, Family } from '../family';
import { gemmaFields, gemmaNorm } from './gemma';
import { headSizes, llamaLayout, windowFields, windowOf, type LlamaVariation } from '../parts/llama-layout';
import type { ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const positive = z.number().positive();

/** Fields of Gemma 2 and 3. */
export const gemma2Fields = {
  ...gemmaFields,
  ...windowFields,
  hidden_activation: z.string().default('gelu_pytorch_tanh'),
  query_pre_attn_scalar: positive.default(256),
  final_logit_softcapping: positive.nullish(),
};

export const GEMMA2_NORMS = {
  ln1: 'input_layernorm',
  ln1Post: 'post_attention_layernorm',
  ln2: 'pre_feedforward_layernorm',
  ln2Post: 'post_feedforward_layernorm',
};

const configSchema = z.object({
  ...gemma2Fields,
  sliding_window: z.int().positive().nullable().default(4096),
  // Absent, they are on; null turns them off.
  attn_logit_softcapping: positive.nullable().default(50),
  final_logit_softcapping: positive.nullable().default(30),
});

/** Describes a model of the family with these norms: Gemma 2, or VaultGemma. @throws Problem `config-invalid` */
export function describeGemma2(
  modelType: string,
  rawConfig: Config,
  has: (tensor: string) => boolean,
  norms: NonNullable<LlamaVariation['norms']>,
): ModelSpec {
  const parsed = readConfig(configSchema, rawConfig);
  const config = { ...parsed, hidden_act: parsed.hidden_activation };
  const { attn_logit_softcapping: scoreCap, final_logit_softcapping: logitCap } = config;
  return llamaLayout(modelType, config, has, {
    norm: (name, width) => gemmaNorm(name, width, config.rms_norm_eps),
    norms,
    rotary: rotaryOf(config, headSizes(config).dHead),
    biases: { qkv: config.attention_bias, o: config.attention_bias },
    attention: (layer) => ({
      scale: 1 / Math.sqrt(config.query_pre_attn_scalar),
      ...windowOf(config, layer, () => layer % 2 === 0),
      ...(scoreCap && { softCap: scoreCap }),
    }),
    embeddingScale: Math.sqrt(config.hidden_size),
    unembedding: logitCap ? { softCap: logitCap } : {},
  });
}

export const gemma2: Family = {
  modelType: 'gemma2',
  describe: (config, has) => describeGemma2(gemma2.modelType, config, has, GEMMA2_NORMS),
};
