/**
 * DeepSeek V3 and R1 (DeepSeek-AI 2024, arXiv 2412.19437): V2 whose router corrects the sigmoids of its logits when it chooses, and weights with
 * what they were. The blocks after the last one, which predict further tokens, are not used in a pass.
 */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctedAfterDense, denseFirst, groupedFields } from '../parts/grouped-experts';
import { deepseekLatentFields, latentAttention, latentRotary } from '../parts/latent-attention';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const configSchema = z.object({
  ...llamaFields,
  ...deepseekLatentFields,
  ...groupedFields,
  max_position_embeddings: size.default(4096),
  rms_norm_eps: z.number().positive().default(1e-6),
  rope_interleave: z.boolean().default(true),
  n_routed_experts: expertCount.default(256),
  n_shared_experts: z.int().nonnegative().default(1),
  num_experts_per_tok: size.default(8),
  moe_intermediate_size: size.default(2048),
  n_group: size.default(8),
  topk_group: size.default(4),
  routed_scaling_factor: z.number().positive().default(2.5),
  norm_topk_prob: z.boolean().default(true),
  first_k_dense_replace: denseFirst.default(3),
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
      feedForward: correctedAfterDense(config, has),
    });
  },
};
