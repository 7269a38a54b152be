/** ERNIE 4.5 with experts (Baidu 2025): ERNIE 4.5 some of whose blocks are mixtures, chosen by corrected probabilities, beside shared experts. */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { correctionOf, groupedMixture } from '../parts/grouped-experts';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';

const configSchema = z.object({
  ...llamaFields,
  num_key_value_heads: size.nullable().default(4),
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
  use_bias: z.literal(false).nullish(),
  moe_num_experts: expertCount.default(64),
  moe_k: size.default(6),
  moe_intermediate_size: size.default(1536),
  moe_num_shared_experts: z.int().nonnegative().default(2),
  /** the first block that may have experts, and the last: −1 is the last of all */
  moe_layer_start_index: z.int().nonnegative().default(1),
  moe_layer_end_index: z.int().min(-1).default(-1),
  /** of these, every so many have them */
  moe_layer_interval: size.default(1),
});

export const ernie45Moe: Family = {
  modelType: 'ernie4_5_moe',

  describe(rawConfig, has) {
    const read = readConfig(configSchema, rawConfig);
    const { moe_num_experts: count, moe_k: chosen, moe_num_shared_experts: shared } = read;
    const config = { ...read, n_routed_experts: count, num_experts_per_tok: chosen, n_shared_experts: shared, routed_scaling_factor: 1 };
    const last = read.moe_layer_end_index === -1 ? read.num_hidden_layers - 1 : read.moe_layer_end_index;
    const hasExperts = (layer: number) =>
      layer >= read.moe_layer_start_index && layer <= last && (layer + 1) % read.moe_layer_interval === 0;
    return llamaLayout(ernie45Moe.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 500_000, interleaved: true }),
      feedForward: (layer, name) => {
        if (!hasExperts(layer)) return undefined;
        const tensor = correctionOf(has, `${name}.mlp.moe_statics`, `${name}.mlp.gate.moe_statics`);
        const correction = { tensor, length: count, shape: [1, count] };
        return groupedMixture(config, name, has, { correction, weighting: 'renormalised' });
      },
    });
  },
};
