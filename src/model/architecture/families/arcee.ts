/** AFM (Arcee AI 2025): Llama whose feed-forward layer has no gate and squares what is positive. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('relu2'),
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
});

export const arcee: Family = {
  modelType: 'arcee',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(arcee.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
      gated: false,
    });
  },
};
