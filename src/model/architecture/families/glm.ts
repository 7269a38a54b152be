/** GLM-4 and GLM-Edge (GLM Team 2024, arXiv 2406.12793): neighbouring features of half a head are rotated together; gate and up rows share a tensor. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, type LlamaVariation } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { stackedGate } from '../parts/tensors';

/** Fields of both generations. */
export const glmFields = {
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1.5625e-7),
  head_dim: z.int().positive().default(128),
  attention_bias: z.boolean().default(true),
};

/** What both differ in from Llama. */
export function glmVariation(config: z.infer<z.ZodObject<typeof glmFields>>): LlamaVariation {
  const { hidden_size: d, intermediate_size: dMlp } = config;
  return {
    norm: config.rms_norm_eps,
    rotary: rotaryOf(config, headSizes(config).dHead, { share: 0.5, interleaved: true }),
    biases: { qkv: config.attention_bias },
    mlp: (name) => stackedGate(`${name}.gate_up_proj`, d, dMlp),
  };
}

const configSchema = z.object(glmFields);

export const glm: Family = {
  modelType: 'glm',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(glm.modelType, config, has, glmVariation(config));
  },
};
