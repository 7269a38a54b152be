/** OLMo 1 (Groeneveld et al. 2024, arXiv 2402.00838): layer norms without parameters, projections clipped if asked for. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

/** Written into the reference implementation; config.json does not give it. */
const EPSILON = 1e-5;

const configSchema = z.object({
  ...llamaFields,
  attention_bias: z.boolean().default(false),
  clip_qkv: z.number().positive().nullish(),
});

export const olmo: Family = {
  modelType: 'olmo',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { clip_qkv: clip } = config;
    return llamaLayout(olmo.modelType, config, has, {
      norm: (_, width) => ({ kind: 'layer', width, epsilon: EPSILON }),
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: () => (clip ? { clip } : {}),
    });
  },
};
