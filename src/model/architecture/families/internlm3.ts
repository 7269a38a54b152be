/** InternLM 3 (Shanghai AI Laboratory 2025): Llama with other names for its biases. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  head_dim: z.int().positive().nullable().default(128),
  qkv_bias: z.boolean().nullish(),
  bias: z.boolean().nullish(),
  // Newer names of the same.
  attention_bias: z.boolean().nullish(),
  mlp_bias: z.boolean().nullish(),
});

export const internlm3: Family = {
  modelType: 'internlm3',
  classes: ['Llama'],

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const everywhere = config.bias ?? config.mlp_bias ?? false;
    return llamaLayout(internlm3.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.qkv_bias ?? config.attention_bias ?? false, o: everywhere, mlp: everywhere },
    });
  },
};
