/** StarCoder 2 (Lozhkov et al. 2024, arXiv 2402.19173): layer norms, biases everywhere, a feed-forward layer without gate. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { layerNorm, linear } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('gelu_pytorch_tanh'),
  norm_epsilon: z.number().positive().default(1e-5),
  sliding_window: z.int().positive().nullish(),
  use_bias: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
});

export const starcoder2: Family = {
  modelType: 'starcoder2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, intermediate_size: dMlp, use_bias: bias, sliding_window: window } = config;
    return llamaLayout(starcoder2.modelType, config, has, {
      norm: (name, width) => layerNorm(name, width, config.norm_epsilon),
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: bias, o: bias },
      attention: () => (window ? { window } : {}),
      gated: false,
      mlp: (name) => ({ up: linear(`${name}.c_fc`, d, dMlp, bias), down: linear(`${name}.c_proj`, dMlp, d, bias) }),
    });
  },
};
