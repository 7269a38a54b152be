/** GLM-4.5 and 4.6 (GLM Team 2025, arXiv 2508.06471): Llama with half-rotated heads, and DeepSeek V3's experts after the first blocks. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctedAfterDense, denseFirst, groupedFields } from '../parts/grouped-experts';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsHeadNorms } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  ...groupedFields,
  num_key_value_heads: size.default(8),
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  /** whether queries and keys are normed head by head */
  use_qk_norm: z.boolean().default(false),
  n_routed_experts: expertCount.default(128),
  n_shared_experts: z.int().nonnegative().default(1),
  num_experts_per_tok: size.default(8),
  moe_intermediate_size: size.default(1408),
  norm_topk_prob: z.boolean().default(true),
  first_k_dense_replace: denseFirst.default(1),
});

export const glm4Moe: Family = {
  modelType: 'glm4_moe',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { dHead } = headSizes(config);
    return llamaLayout(glm4Moe.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, dHead, { share: 0.5 }),
      biases: { qkv: config.attention_bias },
      attention: (_, name) => (config.use_qk_norm ? rmsHeadNorms(name, dHead, config.rms_norm_eps) : {}),
      feedForward: correctedAfterDense(config, has),
    });
  },
};
