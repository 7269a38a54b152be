/** Mistral (Jiang et al. 2023, arXiv 2310.06825): Llama whose every layer sees a window, in its first version. */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-6),
  sliding_window: z.int().positive().nullish(),
});

export const mistral: Family = {
  modelType: 'mistral',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { sliding_window: window } = config;
    return llamaLayout(mistral.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      attention: () => (window ? { window } : {}),
    });
  },
};
