/** ERNIE 4.5 (Baidu 2025), dense: Llama in which neighbouring features of a head are rotated together; one switch for all biases. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  head_dim: z.int().positive().nullable().default(128),
  use_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

export const ernie45: Family = {
  modelType: 'ernie4_5',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { use_bias: bias } = config;
    return llamaLayout(ernie45.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 500_000, interleaved: true }),
      biases: { qkv: bias, o: bias, mlp: bias },
    });
  },
};
