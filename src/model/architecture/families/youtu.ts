/** Youtu-LLM (Tencent 2025, arXiv 2512.24618): the latent attention of DeepSeek V3 in dense blocks. */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { deepseekLatentFields, latentAttention, latentRotary } from '../parts/latent-attention';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const configSchema = z.object({
  ...llamaFields,
  ...deepseekLatentFields,
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(true),
  rope_interleave: z.boolean().default(true),
});

export const youtu: Family = {
  modelType: 'youtu',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(youtu.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: latentRotary(config, { interleaved: config.rope_interleave }),
      attention: (_, name) => latentAttention(config, name),
    });
  },
};
