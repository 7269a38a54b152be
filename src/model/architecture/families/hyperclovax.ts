/** HyperCLOVA X SEED Think (NAVER 2025): Granite with norms after each branch unless told otherwise, whose logits are multiplied. */
import * as z from 'zod';
import type { Family } from '../family';
import { graniteFields } from './granite';
import { headSizes, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...graniteFields,
  attention_multiplier: z.number().positive().nullish(),
  use_post_norm: z.boolean().default(true),
});

export const hyperclovax: Family = {
  modelType: 'hyperclovax',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { attention_multiplier: scale } = config;
    return llamaLayout(hyperclovax.modelType, config, has, {
      norm: config.rms_norm_eps,
      norms: {
        ln1: 'input_layernorm',
        ln2: 'post_attention_layernorm',
        ...(config.use_post_norm && { ln1Post: 'post_norm1', ln2Post: 'post_norm2' }),
      },
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
      attention: () => (scale ? { scale } : {}),
      block: { branchScale: config.residual_multiplier },
      embeddingScale: config.embedding_multiplier,
      unembedding: { scale: config.logits_scaling },
    });
  },
};
