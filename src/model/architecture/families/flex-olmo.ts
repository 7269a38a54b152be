/** FlexOlmo (Shi et al. 2025, arXiv 2507.07024): OLMo 2 whose feed-forward layers are mixtures of experts that were trained apart. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { OLMO2_NORMS, olmo2HeadNorms } from './olmo2';
import { olmoeMixture } from './olmoe';

const configSchema = z.object({
  ...llamaFields,
  max_position_embeddings: size.default(4096),
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  num_experts: expertCount.default(7),
  num_experts_per_tok: size.default(5),
  norm_topk_prob: z.boolean().default(false),
});

export const flexOlmo: Family = {
  modelType: 'flex_olmo',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const sizes = headSizes(config);
    const { rms_norm_eps: epsilon } = config;
    return llamaLayout(flexOlmo.modelType, config, has, {
      norm: epsilon,
      norms: OLMO2_NORMS,
      rotary: rotaryOf(config, sizes.dHead, { base: 500_000 }),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (_, name) => olmo2HeadNorms(name, sizes, epsilon),
      feedForward: (_, name) => olmoeMixture(config, name, has),
    });
  },
};
