/** Mixtral (Jiang et al. 2024, arXiv 2401.04088): Mistral whose feed-forward layers are mixtures of experts. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { expertCount, size } from '../parts/config-fields';
import { gatedExperts, isStacked, mixture, stacksIn, type GatedExperts, type Stacks } from '../parts/experts-layout';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, type LlamaConfig } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { linear } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-5),
  sliding_window: size.nullish(),
  num_local_experts: expertCount.default(8),
  num_experts_per_tok: size.default(2),
});

/** Experts as Mixtral was published with them, and Phi 3.5 after it. @param module that holds each expert's tensors */
export function mixtralExperts(
  config: Pick<LlamaConfig, 'hidden_size' | 'intermediate_size' | 'hidden_act'> & { readonly num_local_experts: number },
  module: string,
  stacks: Stacks,
): GatedExperts {
  return {
    d: config.hidden_size,
    dMlp: config.intermediate_size,
    count: config.num_local_experts,
    activation: activationOf('hidden_act', config.hidden_act),
    own: (e) => ({ gate: `${module}.experts.${e}.w1`, up: `${module}.experts.${e}.w3`, down: `${module}.experts.${e}.w2` }),
    stacks,
  };
}

export const mixtral: Family = {
  modelType: 'mixtral',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { sliding_window: window, hidden_size: d, num_local_experts: count } = config;
    return llamaLayout(mixtral.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      attention: () => (window ? { window } : {}),
      feedForward: (_, block) => {
        const stacks = stacksIn(`${block}.mlp.experts`);
        // As it was published, and as transformers saves it, the module has another name.
        const module = isStacked(has, stacks) ? `${block}.mlp` : `${block}.block_sparse_moe`;
        const experts = gatedExperts(mixtralExperts(config, `${block}.block_sparse_moe`, stacks), has);
        const layer = linear(`${module}.gate`, d, count, false);
        return mixture(experts, { layer, chosen: config.num_experts_per_tok, weighting: 'renormalised' });
      },
    });
  },
};
