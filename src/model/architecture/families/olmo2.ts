/** OLMo 2 (OLMo Team 2025, arXiv 2501.00656): norms after each branch and none before it; queries and keys normed over all heads. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsNorm } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
});

export const olmo2: Family = {
  modelType: 'olmo2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { nHeads, nKeyValueHeads, dHead } = headSizes(config);
    const { rms_norm_eps: epsilon } = config;
    return llamaLayout(olmo2.modelType, config, has, {
      norm: epsilon,
      norms: { ln1Post: 'post_attention_layernorm', ln2Post: 'post_feedforward_layernorm' },
      rotary: rotaryOf(config, dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (_, name) => ({
        qNorm: [rmsNorm(`${name}.q_norm`, nHeads * dHead, epsilon)],
        kNorm: [rmsNorm(`${name}.k_norm`, nKeyValueHeads * dHead, epsilon)],
      }),
    });
  },
};
