/** MiniMax-M2 (MiniMax 2025): Mixtral's experts, chosen by corrected sigmoids; queries and keys normed over all heads and rotated in part. */
import * as z from 'zod';
import { expertCount, requireMultiple, size } from '../parts/config-fields';
import { gatedExperts, isStacked, mixture, stacksIn } from '../parts/experts-layout';
import type { Family } from '../family';
import { correctionOf } from '../parts/grouped-experts';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { linear } from '../parts/tensors';
import { mixtralExperts } from './mixtral';
import { olmo2HeadNorms } from './olmo2';

const configSchema = z.object({
  ...llamaFields,
  num_key_value_heads: size.default(8),
  head_dim: size.default(128),
  max_position_embeddings: size.default(196_608),
  rms_norm_eps: z.number().positive().default(1e-6),
  num_local_experts: expertCount.default(256),
  num_experts_per_tok: size.default(8),
  /** rotated features of a head, as the model was published */
  rotary_dim: size.nullish(),
  use_qk_norm: z.literal(true).default(true),
  qk_norm_type: z.literal('per_layer').default('per_layer'),
  scoring_func: z.literal('sigmoid').default('sigmoid'),
  use_routing_bias: z.literal(true).default(true),
  shared_intermediate_size: z.literal(0, 'shared experts are not supported').nullish(),
});

export const minimaxM2: Family = {
  modelType: 'minimax_m2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, num_local_experts: count, rotary_dim: rotated } = config;
    const sizes = headSizes(config);
    if (rotated) requireMultiple('rotary_dim', rotated, '2', 2);
    return llamaLayout(minimaxM2.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, sizes.dHead, { base: 5_000_000, ...(rotated && { share: rotated / sizes.dHead }) }),
      attention: (_, name) => olmo2HeadNorms(name, sizes, config.rms_norm_eps),
      feedForward: (_, block) => {
        const stacks = stacksIn(`${block}.mlp.experts`);
        const [published, saved] = [`${block}.block_sparse_moe`, `${block}.mlp`];
        const module = isStacked(has, stacks) ? saved : published;
        return mixture(gatedExperts(mixtralExperts(config, published, stacks), has), {
          layer: linear(`${module}.gate`, d, count, false),
          chosen: config.num_experts_per_tok,
          scores: 'sigmoid',
          correction: { tensor: correctionOf(has, published, saved), length: count },
          weighting: 'renormalised',
        });
      },
    });
  },
};
