/** Solar Open (Upstage 2025): Llama with the experts of DeepSeek V3 in every block. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctedMixture, groupedFields } from '../parts/grouped-experts';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  ...groupedFields,
  // No block is dense.
  intermediate_size: size.default(1),
  num_key_value_heads: size.default(8),
  head_dim: size.default(128),
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  n_routed_experts: expertCount.default(128),
  n_shared_experts: z.int().nonnegative().default(1),
  num_experts_per_tok: size.default(8),
  moe_intermediate_size: size.default(1280),
  norm_topk_prob: z.boolean().default(true),
});

export const solarOpen: Family = {
  modelType: 'solar_open',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(solarOpen.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 1_000_000 }),
      biases: { qkv: config.attention_bias },
      feedForward: (_, name) => correctedMixture(config, name, has),
    });
  },
};
