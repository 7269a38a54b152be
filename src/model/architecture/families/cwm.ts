/** Code World Model (Meta 2025, arXiv 2510.02387): Llama with windows in three layers of four. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

/** What a file without parameters for the rotation implies. */
const ROTATION = {
  rope_type: 'llama3',
  rope_theta: 1_000_000,
  factor: 16,
  original_max_position_embeddings: 8192,
  low_freq_factor: 1,
  high_freq_factor: 4,
};

const configSchema = z.object({
  ...llamaFields,
  ...windowFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  head_dim: z.int().positive().default(128),
  sliding_window: z.int().positive().nullable().default(8192),
  mlp_bias: z.boolean().default(false),
});

export const cwm: Family = {
  modelType: 'cwm',

  describe(rawConfig, has) {
    const read = readConfig(configSchema, rawConfig);
    const config = read.rope_parameters || read.rope_scaling ? read : { ...read, rope_parameters: ROTATION };
    return llamaLayout(cwm.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 1_000_000 }),
      biases: { mlp: config.mlp_bias },
      attention: (layer) => windowOf(config, layer, () => layer % 4 !== 0),
    });
  },
};
