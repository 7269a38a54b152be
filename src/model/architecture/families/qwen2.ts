/** Qwen 2 and 2.5 (Yang et al. 2024, arXiv 2407.10671): Llama with biases on queries, keys and values, and windows if asked for. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

/** Windows are given in most configs and used in few. */
export const qwenFields = {
  ...llamaFields,
  ...windowFields,
  rms_norm_eps: z.number().positive().default(1e-6),
  use_sliding_window: z.boolean().default(false),
  /** layers from this one on see a window only */
  max_window_layers: z.int().nonnegative().default(28),
};

/** Whether attention sees a window in a layer. */
export function qwenWindow(config: z.infer<z.ZodObject<typeof qwenFields>>, layer: number): ReturnType<typeof windowOf> {
  return config.use_sliding_window ? windowOf(config, layer, () => layer >= config.max_window_layers) : {};
}

const configSchema = z.object(qwenFields);

export const qwen2: Family = {
  modelType: 'qwen2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(qwen2.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: true },
      attention: (layer) => qwenWindow(config, layer),
    });
  },
};
