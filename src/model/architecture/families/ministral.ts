/** Ministral 8B (Mistral AI 2024): Mistral in which only some layers see a window. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  ...windowFields,
  rms_norm_eps: z.number().positive().default(1e-6),
  sliding_window: z.int().positive().nullable().default(4096),
});

export const ministral: Family = {
  modelType: 'ministral',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(ministral.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      attention: (layer) => windowOf(config, layer, () => true),
    });
  },
};
