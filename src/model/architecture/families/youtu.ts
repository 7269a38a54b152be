/** Youtu-LLM (Tencent 2025, arXiv 2512.24618): the latent attention of DeepSeek V3 in dense blocks. */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { latentAttention, latentFields, latentRotary } from '../parts/latent-attention';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const configSchema = z.object({
  ...llamaFields,
  ...latentFields,
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().default(true),
  kv_lora_rank: size.default(512),
  q_lora_rank: size.nullable().default(1536),
  qk_nope_head_dim: size.default(128),
  qk_rope_head_dim: size.default(64),
  v_head_dim: size.default(128),
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
