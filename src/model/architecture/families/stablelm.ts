/** StableLM 2 and StableLM 3B (Bellagente et al. 2024, arXiv 2402.17834): layer norms, heads rotated in part, parallel if asked for. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { layerNorm } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  layer_norm_eps: z.number().positive().default(1e-5),
  use_qkv_bias: z.boolean().default(false),
  /** a norm without bias for each head's queries, and for each head's keys */
  qk_layernorm: z.boolean().default(false),
  use_parallel_residual: z.boolean().default(false),
});

export const stablelm: Family = {
  modelType: 'stablelm',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { layer_norm_eps: epsilon, use_parallel_residual: parallel } = config;
    const { nHeads, nKeyValueHeads, dHead } = headSizes(config);
    const headNorms = (name: string, count: number) =>
      Array.from({ length: count }, (_, head) => layerNorm(`${name}.norms.${head}`, dHead, epsilon, false));
    return llamaLayout(stablelm.modelType, config, has, {
      norm: (name, width) => layerNorm(name, width, epsilon),
      ...(parallel && { norms: { ln1: 'input_layernorm' }, block: { wiring: 'parallel' } }),
      rotary: rotaryOf(config, dHead, { share: 0.25 }),
      biases: { qkv: config.use_qkv_bias },
      attention: (_, name) =>
        config.qk_layernorm
          ? { qNorm: headNorms(`${name}.q_layernorm`, nHeads), kNorm: headNorms(`${name}.k_layernorm`, nKeyValueHeads) }
          : {},
    });
  },
};
