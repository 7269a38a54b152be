/** Jais 2 (Inception 2025): Llama with layer norms, biases, and a feed-forward layer without gate that squares what is positive. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { layerNorm } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('relu2'),
  layer_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(true),
  mlp_bias: z.boolean().default(true),
});

export const jais2: Family = {
  modelType: 'jais2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(jais2.modelType, config, has, {
      norm: (name, width) => layerNorm(name, width, config.layer_norm_eps),
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
      gated: false,
    });
  },
};
