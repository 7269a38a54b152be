/** OLMo 3 (OLMo Team 2025): OLMo 2 with windows in three layers of four, and a rotation that is stretched in the fourth alone. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import { OLMO2_NORMS, olmo2Fields, olmo2HeadNorms } from './olmo2';
import { readConfig } from '../parts/read-config';
import { layeredRotaryOf, layeredRotaryParameters } from '../parts/rotary-config';

const BASE = 500_000;

const configSchema = z.object({
  ...olmo2Fields,
  ...windowFields,
  sliding_window: z.int().positive().nullable().default(4096),
  rope_parameters: layeredRotaryParameters.nullish(),
});

export const olmo3: Family = {
  modelType: 'olmo3',

  describe(rawConfig, has) {
    const { rope_parameters: parameters, ...config } = readConfig(configSchema, rawConfig);
    const sizes = headSizes(config);
    const base = config.rope_theta ?? BASE;
    const rotary = layeredRotaryOf({ ...config, rope_parameters: parameters }, sizes.dHead, { full: base, sliding: base });
    const slides = (layer: number) => (config.layer_types ? config.layer_types[layer] === 'sliding_attention' : (layer + 1) % 4 !== 0);
    return llamaLayout(olmo3.modelType, config, has, {
      norm: config.rms_norm_eps,
      norms: OLMO2_NORMS,
      rotary: rotary.full,
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (layer, name) => ({
        ...olmo2HeadNorms(name, sizes, config.rms_norm_eps),
        rotary: slides(layer) ? rotary.sliding : rotary.full,
        ...windowOf(config, layer, slides),
      }),
    });
  },
};
