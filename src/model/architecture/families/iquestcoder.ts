/** IQuest-Coder V1 (IQuest Lab 2026), without loops: Llama with switches of its own that no published model turns on. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-6),
  head_dim: z.int().positive().nullable().default(128),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  clip_qkv: z.null().optional(),
  use_sliding_window: z.literal(false).default(false),
});

export const iquestcoder: Family = {
  modelType: 'iquestcoder',
  classes: ['Llama'],

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(iquestcoder.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
    });
  },
};
