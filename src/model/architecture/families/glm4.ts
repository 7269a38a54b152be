/** GLM-4-0414 (2025): GLM-4 with norms after each branch as well as before it. */
import * as z from 'zod';
import type { Family } from '../family';
import { glmFields, glmVariation } from './glm';
import { llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const configSchema = z.object(glmFields);

export const glm4: Family = {
  modelType: 'glm4',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(glm4.modelType, config, has, {
      ...glmVariation(config),
      norms: {
        ln1: 'input_layernorm',
        ln1Post: 'post_self_attn_layernorm',
        ln2: 'post_attention_layernorm',
        ln2Post: 'post_mlp_layernorm',
      },
    });
  },
};
