/**
 * DeepSeek V3 and R1 (DeepSeek-AI 2024, arXiv 2412.19437): V2 whose router corrects the sigmoids of its logits when it chooses, and weights with
 * what they were. The blocks after the last one, which predict further tokens, are not used in a pass.
 */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctedRouting, groupedFields, groupedMixture } from '../parts/grouped-experts';
import { latentAttention, latentFields, latentRotary } from '../parts/latent-attention';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const configSchema = z.object({
  ...llamaFields,
  ...latentFields,
  ...groupedFields,
  max_position_embeddings: size.default(4096),
  rms_norm_eps: z.number().positive().default(1e-6),
  kv_lora_rank: size.default(512),
  q_lora_rank: size.nullable().default(1536),
  qk_nope_head_dim: size.default(128),
  qk_rope_head_dim: size.default(64),
  v_head_dim: size.default(128),
  rope_interleave: z.boolean().default(true),
  n_routed_experts: expertCount.default(256),
  n_shared_experts: z.int().nonnegative().default(1),
  num_experts_per_tok: size.default(8),
  moe_intermediate_size: size.default(2048),
  n_group: size.default(8),
  topk_group: size.default(4),
  routed_scaling_factor: z.number().positive().default(2.5),
  norm_topk_prob: z.boolean().default(true),
  /** blocks without experts, from the first */
  first_k_dense_replace: z.int().nonnegative().default(3),
  scoring_func: z.literal('sigmoid', 'experts that are chosen by another function than “sigmoid” are not supported').nullish(),
  topk_method: z.literal('noaux_tc', 'experts that are chosen in another way than “noaux_tc” are not supported').nullish(),
});

export const deepseekV3: Family = {
  modelType: 'deepseek_v3',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(deepseekV3.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: latentRotary(config, { interleaved: config.rope_interleave }),
      attention: (_, name) => latentAttention(config, name),
      feedForward: (layer, name) =>
        layer < config.first_k_dense_replace ? undefined : groupedMixture(config, name, has, correctedRouting(config, name)),
    });
  },
};
