/** dots.llm1 (rednote 2025, arXiv 2506.05767): the attention of Qwen 3, and DeepSeek V3's experts after the first blocks. */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctedAfterDense, denseFirst, groupedFields } from '../parts/grouped-experts';
import { headSizes, llamaFields, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsHeadNorms } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  ...windowFields,
  ...groupedFields,
  max_position_embeddings: size.default(2048),
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  norm_topk_prob: z.boolean().default(false),
  first_k_dense_replace: denseFirst.default(0),
  /** null: none sees a window */
  sliding_window: size.nullable().default(4096),
  /** how many of the first blocks see everything where config.json does not list them */
  max_window_layers: z.int().nonnegative().default(62),
});

export const dots1: Family = {
  modelType: 'dots1',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { dHead } = headSizes(config);
    return llamaLayout(dots1.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, dHead),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (layer, name) => ({
        ...rmsHeadNorms(name, dHead, config.rms_norm_eps),
        ...windowOf(config, layer, (at) => at >= config.max_window_layers),
      }),
      feedForward: correctedAfterDense(config, has),
    });
  },
};
