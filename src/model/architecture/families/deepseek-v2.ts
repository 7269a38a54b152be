/** DeepSeek V2 (DeepSeek-AI 2024, arXiv 2405.04434): latent attention, and after the first blocks many small experts beside shared ones. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { denseFirst, groupedFields, groupedMixture, groupsOf } from '../parts/grouped-experts';
import { deepseekLatentFields, latentAttention, latentRotary } from '../parts/latent-attention';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const fields = z.object({
  ...llamaFields,
  ...deepseekLatentFields,
  ...groupedFields,
  max_position_embeddings: size.default(2048),
  rms_norm_eps: z.number().positive().default(1e-6),
  mlp_bias: z.literal(false, 'biases of the shared expert are not supported').nullish(),
  n_routed_experts: expertCount.default(64),
  n_shared_experts: z.int().nonnegative().default(2),
  moe_intermediate_size: size.default(1407),
  first_k_dense_replace: denseFirst.default(0),
  scoring_func: z.literal('softmax', 'experts that are chosen by another function than “softmax” are not supported').nullish(),
  topk_method: z.enum(['greedy', 'group_limited_greedy']).default('greedy'),
  // The published code divides by the sum then; the reference does not.
  norm_topk_prob: z.literal(false, 'weights of experts that are divided by their sum have no reference to be compared with').nullish(),
});

const configSchema = fields.refine(({ topk_method, n_group }) => topk_method === 'greedy' || n_group, {
  path: ['n_group'],
  message: 'experts are to be chosen by groups',
});

export const deepseekV2: Family = {
  modelType: 'deepseek_v2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const groups = config.topk_method === 'greedy' ? undefined : groupsOf(config, 1);
    const routing = { weighting: 'probability', scale: config.routed_scaling_factor, ...(groups && { groups }) } as const;
    return llamaLayout(deepseekV2.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: latentRotary(config, { interleaved: true }),
      attention: (_, name) => latentAttention(config, name),
      feedForward: (layer, name) => (layer < config.first_k_dense_replace ? undefined : groupedMixture(config, name, has, routing)),
    });
  },
};
