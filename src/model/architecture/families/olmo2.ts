/** OLMo 2 (OLMo Team 2025, arXiv 2501.00656): norms after each branch and none before it; queries and keys normed over all heads. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import type { AttentionSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsNorm } from '../parts/tensors';
import type { HeadSizes } from '../parts/tensors';

/** Fields of OLMo 2 and 3. */
export const olmo2Fields = {
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
};

export const OLMO2_NORMS = { ln1Post: 'post_attention_layernorm', ln2Post: 'post_feedforward_layernorm' };

/** One norm of the queries of all heads together, one of the keys. @param name that of the attention module */
export function olmo2HeadNorms(
  name: string,
  { nHeads, nKeyValueHeads, dHead }: HeadSizes,
  epsilon: number,
): Pick<AttentionSpec, 'qNorm' | 'kNorm'> {
  return {
    qNorm: [rmsNorm(`${name}.q_norm`, nHeads * dHead, epsilon)],
    kNorm: [rmsNorm(`${name}.k_norm`, nKeyValueHeads * dHead, epsilon)],
  };
}

const configSchema = z.object(olmo2Fields);

export const olmo2: Family = {
  modelType: 'olmo2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const sizes = headSizes(config);
    const { rms_norm_eps: epsilon } = config;
    return llamaLayout(olmo2.modelType, config, has, {
      norm: epsilon,
      norms: OLMO2_NORMS,
      rotary: rotaryOf(config, sizes.dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (_, name) => olmo2HeadNorms(name, sizes, epsilon),
    });
  },
};
