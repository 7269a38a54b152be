/** Command R7B and A (Cohere 2025, arXiv 2504.00698): Command R with windows in three layers of four, and no rotation in the fourth. */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { headSizes, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import { cohereFields, cohereVariation } from './cohere';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...cohereFields,
  ...windowFields,
  sliding_window: size.nullable().default(4096),
  /** every so many layers one sees everything */
  sliding_window_pattern: size.default(4),
  // Switches of the format that no reference implementation knows.
  use_qk_norm: z.literal(false).default(false),
  use_parallel_block: z.literal(true).default(true),
  use_gated_activation: z.literal(true).default(true),
});

export const cohere2: Family = {
  modelType: 'cohere2',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const window = (layer: number) => windowOf(config, layer, () => (layer + 1) % config.sliding_window_pattern !== 0);
    return llamaLayout(cohere2.modelType, config, has, {
      ...cohereVariation(config),
      rotary: rotaryOf(config, headSizes(config).dHead, { interleaved: true }),
      rotates: (layer) => window(layer).window !== undefined,
      attention: window,
    });
  },
};
