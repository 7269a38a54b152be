/** Qwen 3 with experts (Yang et al. 2025, arXiv 2505.09388): Qwen 3 whose feed-forward layers are mixtures, without shared experts. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import { hasExperts } from '../parts/experts-layout';
import type { Family } from '../family';
import { headSizes, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsHeadNorms } from '../parts/tensors';
import { qwenMixture, qwenMoeFields } from './qwen2-moe';

const { layer_types: _unread, max_window_layers: _ignored, ...fields } = qwenMoeFields;

const configSchema = z.object({
  ...fields,
  attention_bias: z.boolean().default(false),
  num_experts: expertCount.nullish(),
  /** as newer files name it */
  num_local_experts: expertCount.nullish(),
  num_experts_per_tok: size.default(8),
  moe_intermediate_size: size.default(768),
});

export const qwen3Moe: Family = {
  modelType: 'qwen3_moe',

  describe(rawConfig, has) {
    const read = readConfig(configSchema, rawConfig);
    const config = { ...read, num_experts: read.num_experts ?? read.num_local_experts ?? 128 };
    const { dHead } = headSizes(config);
    const window = config.use_sliding_window && config.sliding_window ? { window: config.sliding_window } : {};
    return llamaLayout(qwen3Moe.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (_, name) => ({ ...rmsHeadNorms(name, dHead, config.rms_norm_eps), ...window }),
      feedForward: (layer, name) => (hasExperts(config, layer) ? qwenMixture(config, name, has) : undefined),
    });
  },
};
