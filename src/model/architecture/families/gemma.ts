/** Gemma 1 (Gemma Team 2024, arXiv 2403.08295): Llama with scaled embeddings, norms that store their gain less 1, and GELU. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import type { NormSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsNorm } from '../parts/tensors';

/** Fields of all generations of Gemma; `hidden_act` is an older name of the activation, and says GELU where its tanh form is meant. */
export const gemmaFields = {
  ...llamaFields,
  head_dim: z.int().positive().default(256),
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
  hidden_act: z
    .string()
    .default('gelu_pytorch_tanh')
    .transform((name) => (name === 'gelu' ? 'gelu_pytorch_tanh' : name)),
};

/** A norm whose stored gain is what it adds to 1. */
export function gemmaNorm(name: string, width: number, epsilon: number): NormSpec {
  return { ...rmsNorm(name, width, epsilon), gainOffset: 1 };
}

const configSchema = z.object(gemmaFields);

export const gemma: Family = {
  modelType: 'gemma',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(gemma.modelType, config, has, {
      norm: (name, width) => gemmaNorm(name, width, config.rms_norm_eps),
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      embeddingScale: Math.sqrt(config.hidden_size),
    });
  },
};
