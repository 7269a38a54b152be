/** K-EXAONE (LG AI Research 2026): EXAONE 4 with norms before its branches, and DeepSeek V3's experts after the first blocks. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctedMixture, correctionOf, denseFirst, groupedFields } from '../parts/grouped-experts';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { exaone4Attention, exaone4Windows } from './exaone4';

const { n_routed_experts: _otherName, n_shared_experts: _likewise, ...grouped } = groupedFields;

const configSchema = z.object({
  ...llamaFields,
  ...exaone4Windows,
  ...grouped,
  num_key_value_heads: size.default(32),
  rms_norm_eps: z.number().positive().default(1e-5),
  num_experts: expertCount.default(64),
  num_experts_per_tok: size.default(8),
  num_shared_experts: z.int().nonnegative().default(1),
  moe_intermediate_size: size.default(1024),
  norm_topk_prob: z.boolean().default(true),
  routed_scaling_factor: z.number().positive().default(2.5),
  first_k_dense_replace: denseFirst.default(1),
  /** counts instead of `first_k_dense_replace` */
  mlp_layer_types: z.array(z.enum(['dense', 'sparse'])).nullish(),
});

export const exaoneMoe: Family = {
  modelType: 'exaone_moe',

  describe(rawConfig, has) {
    const read = readConfig(configSchema, rawConfig);
    const config = { ...read, n_routed_experts: read.num_experts, n_shared_experts: read.num_shared_experts };
    const { mlp_layer_types: types, first_k_dense_replace: first } = config;
    const isDense = (layer: number) => (types ? types[layer] === 'dense' : layer < first);
    return llamaLayout(exaoneMoe.modelType, config, has, {
      norm: config.rms_norm_eps,
      ...exaone4Attention(config),
      feedForward: (layer, name) =>
        isDense(layer) ? undefined : correctedMixture(config, name, has, correctionOf(has, `${name}.mlp.gate`, `${name}.mlp`)),
    });
  },
};
