/** GLM-4.7-Flash (Z.ai 2026): the latent attention and the experts of DeepSeek V3. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctedMixture, groupedFields } from '../parts/grouped-experts';
import { latentAttention, latentFields, latentRotary } from '../parts/latent-attention';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const configSchema = z.object({
  ...llamaFields,
  ...latentFields,
  ...groupedFields,
  max_position_embeddings: size.default(202_752),
  rms_norm_eps: z.number().positive().default(1e-5),
  kv_lora_rank: size.default(512),
  q_lora_rank: size.nullable().default(768),
  qk_nope_head_dim: size.default(192),
  qk_rope_head_dim: size.default(64),
  v_head_dim: size.default(256),
  rope_interleave: z.boolean().default(true),
  n_routed_experts: expertCount.default(64),
  n_shared_experts: z.int().nonnegative().default(1),
  num_experts_per_tok: size.default(4),
  moe_intermediate_size: size.default(1536),
  routed_scaling_factor: z.number().positive().default(1.8),
  norm_topk_prob: z.boolean().default(true),
  /** absent: the first is dense, all others are not */
  mlp_layer_types: z.array(z.enum(['dense', 'sparse'])).nullish(),
});

export const glm4MoeLite: Family = {
  modelType: 'glm4_moe_lite',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { mlp_layer_types: types } = config;
    const isDense = (layer: number) => (types ? types[layer] === 'dense' : layer === 0);
    return llamaLayout(glm4MoeLite.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: latentRotary(config, { interleaved: config.rope_interleave }),
      attention: (_, name) => latentAttention(config, name),
      feedForward: (layer, name) => (isDense(layer) ? undefined : correctedMixture(config, name, has)),
    });
  },
};
