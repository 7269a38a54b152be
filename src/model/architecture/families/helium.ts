/** Helium 1 (Kyutai 2025): Llama in which neighbouring features of a head are rotated together. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-8),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
});

export const helium: Family = {
  modelType: 'helium',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(helium.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 100_000, interleaved: true }),
      biases: { qkv: config.attention_bias, mlp: config.mlp_bias },
    });
  },
};
