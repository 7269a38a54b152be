/** Phi 3.5 with experts (Abdin et al. 2024, arXiv 2404.14219): Mixtral with layer norms, whose router is a SparseMixer. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import { gatedExperts, isStacked, mixture, stacksIn } from '../parts/experts-layout';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { layerNorm, linear, unembeddingTable } from '../parts/tensors';
import { mixtralExperts } from './mixtral';

const configSchema = z.object({
  ...llamaFields,
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  lm_head_bias: z.boolean().default(false),
  sliding_window: size.nullish(),
  num_local_experts: expertCount.default(16),
  num_experts_per_tok: z.literal(2, 'a router that chooses another number of experts than 2 is not supported').default(2),
  /** half of how far a logit may be from the chosen one's to count beside it */
  router_jitter_noise: z.number().nonnegative().default(0.01),
});

export const phimoe: Family = {
  modelType: 'phimoe',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { sliding_window: window, hidden_size: d, num_local_experts: count } = config;
    const described = llamaLayout(phimoe.modelType, config, has, {
      norm: (name, width) => layerNorm(name, width, config.rms_norm_eps),
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 1_000_000 }),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: () => (window ? { window } : {}),
      feedForward: (_, block) => {
        const stacks = stacksIn(`${block}.mlp.experts`);
        const router = isStacked(has, stacks) ? `${block}.mlp.router` : `${block}.block_sparse_moe.gate`;
        return mixture(gatedExperts(mixtralExperts(config, `${block}.block_sparse_moe`, stacks), has), {
          layer: linear(router, d, count, false),
          chosen: config.num_experts_per_tok,
          weighting: { kind: 'sparsemixer', tolerance: 2 * config.router_jitter_noise },
        });
      },
    });
    const { embedding, unembedding } = described;
    const table = unembeddingTable(embedding.tokens, config.tie_word_embeddings, 'lm_head', config.lm_head_bias);
    return { ...described, unembedding: { ...unembedding, table } };
  },
};
