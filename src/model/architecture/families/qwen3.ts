/** Qwen 3 (Yang et al. 2025, arXiv 2505.09388): Qwen 2 whose queries and keys are normed head by head; biases only if asked for. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaLayout } from '../parts/llama-layout';
import { qwenFields, qwenWindow } from './qwen2';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsHeadNorms } from '../parts/tensors';

const configSchema = z.object({
  ...qwenFields,
  // Unlike in other families, the width of a head does not follow from the model's.
  head_dim: z.int().positive().default(128),
  attention_bias: z.boolean().default(false),
});

export const qwen3: Family = {
  modelType: 'qwen3',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { dHead } = headSizes(config);
    return llamaLayout(qwen3.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (layer, name) => ({
        ...rmsHeadNorms(name, dHead, config.rms_norm_eps),
        ...qwenWindow(config, layer),
      }),
    });
  },
};
