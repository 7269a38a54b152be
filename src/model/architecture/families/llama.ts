/** Llama 1 to 3 (Touvron et al. 2023, arXiv 2302.13971), and what shares its format: Vicuna, TinyLlama, SmolLM 1 and 2, Yi, … */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  max_position_embeddings: size.default(2048),
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
});

export const llama: Family = {
  modelType: 'llama',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(llama.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
    });
  },
};
