/** Seed-OSS (ByteDance 2025): Llama with biases on queries, keys and values, and one for the output if asked for. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-6),
  head_dim: z.int().positive().nullable().default(128),
  attention_bias: z.boolean().default(true),
  attention_out_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
});

export const seedOss: Family = {
  modelType: 'seed_oss',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(seedOss.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_out_bias, mlp: config.mlp_bias },
    });
  },
};
