/** Nemotron 4 and Minitron (NVIDIA 2024, arXiv 2402.16819): layer norms that store their gain less 1, squared ReLU, heads rotated in part. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { layerNorm } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('relu2'),
  norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
});

export const nemotron: Family = {
  modelType: 'nemotron',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(nemotron.modelType, config, has, {
      norm: (name, width) => ({ ...layerNorm(name, width, config.norm_eps), gainOffset: 1 }),
      rotary: rotaryOf(config, headSizes(config).dHead, { share: 0.5 }),
      biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
      gated: false,
    });
  },
};
