/** OLMoE (Muennighoff et al. 2024, arXiv 2409.02060): a mixture in every block; queries and keys normed over all heads. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { MixtureSpec } from '../model-spec';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { olmo2HeadNorms } from './olmo2';
import { qwenMixture, type QwenMoeConfig } from './qwen2-moe';

/** The mixture of a block where all blocks have one, and `intermediate_size` is the width of an expert. @param name that of the block */
export function olmoeMixture(
  config: Omit<QwenMoeConfig, 'moe_intermediate_size' | 'decoder_sparse_step'>,
  name: string,
  has: (tensor: string) => boolean,
): MixtureSpec {
  return qwenMixture({ ...config, moe_intermediate_size: config.intermediate_size, decoder_sparse_step: 1 }, name, has);
}

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  clip_qkv: z.null('queries and keys that are clipped after their norms are not supported').optional(),
  num_experts: expertCount.default(64),
  num_experts_per_tok: size.default(8),
  norm_topk_prob: z.boolean().default(false),
});

export const olmoe: Family = {
  modelType: 'olmoe',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const sizes = headSizes(config);
    const { rms_norm_eps: epsilon } = config;
    return llamaLayout(olmoe.modelType, config, has, {
      norm: epsilon,
      rotary: rotaryOf(config, sizes.dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (_, name) => olmo2HeadNorms(name, sizes, epsilon),
      feedForward: (_, name) => olmoeMixture(config, name, has),
    });
  },
};
