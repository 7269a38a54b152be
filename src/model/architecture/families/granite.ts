/** Granite 3 (IBM 2024): Llama with a multiplier on the embedding, on attention's scores, on what branches add, and on the logits. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, type LlamaVariation } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const factor = z.number().positive().default(1);

/** Fields of Granite and HyperCLOVA X. */
export const graniteFields = {
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  embedding_multiplier: factor,
  attention_multiplier: factor,
  residual_multiplier: factor,
  /** what logits are divided by */
  logits_scaling: factor,
};

const configSchema = z.object(graniteFields);

/** In what Granite differs from Llama, with experts or without. */
export function graniteVariation(config: z.infer<typeof configSchema>): LlamaVariation {
  return {
    norm: config.rms_norm_eps,
    rotary: rotaryOf(config, headSizes(config).dHead),
    biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
    attention: () => ({ scale: config.attention_multiplier }),
    block: { branchScale: config.residual_multiplier },
    embeddingScale: config.embedding_multiplier,
    unembedding: { scale: 1 / config.logits_scaling },
  };
}

export const granite: Family = {
  modelType: 'granite',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(granite.modelType, config, has, graniteVariation(config));
  },
};
