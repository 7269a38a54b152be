/** SmolLM 3: Llama in which some layers do not rotate their queries and keys, and may see a window instead. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  ...windowFields,
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
  use_sliding_window: z.boolean().default(false),
  /** for each layer 1 where it rotates, contrary to the name */
  no_rope_layers: z.array(z.int()).nullish(),
  /** every so many layers one does not rotate */
  no_rope_layer_interval: z.int().positive().default(4),
});

export const smollm3: Family = {
  modelType: 'smollm3',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const rotates = (layer: number) =>
      config.no_rope_layers ? config.no_rope_layers[layer] !== 0 : (layer + 1) % config.no_rope_layer_interval !== 0;
    return llamaLayout(smollm3.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 2_000_000 }),
      rotates,
      biases: { qkv: config.attention_bias, o: config.attention_bias, mlp: config.mlp_bias },
      attention: (layer) => (config.use_sliding_window ? windowOf(config, layer, () => !rotates(layer)) : {}),
    });
  },
};
