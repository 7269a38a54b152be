/** Ministral 3 (Mistral AI 2025), text only: Mistral whose queries grow with their position. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { parametersOf, rotaryOf } from '../parts/rotary-config';

/** What a file without parameters for the rotation implies. */
const ROTATION = {
  rope_type: 'yarn',
  rope_theta: 1_000_000,
  factor: 16,
  original_max_position_embeddings: 16_384,
  beta_fast: 32,
  beta_slow: 1,
  mscale: 1,
  mscale_all_dim: 1,
  llama_4_scaling_beta: 0.1,
};

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  head_dim: z.int().positive().nullable().default(128),
  sliding_window: z.int().positive().nullish(),
});

export const ministral3: Family = {
  modelType: 'ministral3',

  describe(rawConfig, has) {
    const read = readConfig(configSchema, rawConfig);
    const config = read.rope_parameters || read.rope_scaling ? read : { ...read, rope_parameters: ROTATION };
    const { sliding_window: window } = config;
    const { llama_4_scaling_beta: rate, original_max_position_embeddings: every } = parametersOf(config);
    return llamaLayout(ministral3.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      attention: () => ({ ...(window && { window }), ...(rate && every && { queryGrowth: { rate, every } }) }),
    });
  },
};
