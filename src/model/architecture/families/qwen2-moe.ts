/** Qwen 1.5 and 2 with experts (Yang et al. 2024, arXiv 2407.10671): Qwen 2 with a mixture, and an expert that all tokens share. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { expertCount, size } from '../parts/config-fields';
import { gatedExperts, hasExperts, mixture, sparseFields, stacksIn } from '../parts/experts-layout';
import type { Family } from '../family';
import type { MixtureSpec, SharedExpertSpec } from '../model-spec';
import { headSizes, llamaLayout } from '../parts/llama-layout';
import type { LlamaConfig } from '../parts/llama-layout';
import { qwenFields, qwenWindow } from './qwen2';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { linear } from '../parts/tensors';

/** Fields of Qwen 2 and 3 with experts. */
export const qwenMoeFields = {
  ...qwenFields,
  /** 0 where windows are not used */
  sliding_window: z.int().nonnegative().nullish(),
  ...sparseFields,
};

/** What a config says of such a mixture. */
export type QwenMoeConfig = LlamaConfig & z.infer<z.ZodObject<typeof sparseFields>>;

/**
 * The mixture of a block of Qwen's or OLMoE's, which name their tensors alike.
 *
 * @param name that of the block
 * @throws Problem `config-invalid`
 */
export function qwenMixture(config: QwenMoeConfig, name: string, has: (tensor: string) => boolean, shared?: SharedExpertSpec): MixtureSpec {
  const { hidden_size: d, num_experts: count } = config;
  const module = `${name}.mlp.experts`;
  const experts = gatedExperts(
    {
      d,
      dMlp: config.moe_intermediate_size,
      count,
      activation: activationOf('hidden_act', config.hidden_act),
      own: (e) => ({ gate: `${module}.${e}.gate_proj`, up: `${module}.${e}.up_proj`, down: `${module}.${e}.down_proj` }),
      stacks: stacksIn(module),
    },
    has,
  );
  const weighting = config.norm_topk_prob ? 'renormalised' : 'probability';
  return mixture(experts, { layer: linear(`${name}.mlp.gate`, d, count, false), chosen: config.num_experts_per_tok, weighting }, shared);
}

const configSchema = z.object({
  ...qwenMoeFields,
  num_experts: expertCount.default(60),
  num_experts_per_tok: size.default(4),
  moe_intermediate_size: size.default(1408),
  shared_expert_intermediate_size: size.default(5632),
  qkv_bias: z.boolean().default(true),
});

export const qwen2Moe: Family = {
  modelType: 'qwen2_moe',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, shared_expert_intermediate_size: width } = config;
    const sharedExpert = (name: string): SharedExpertSpec => ({
      mlp: {
        dMlp: width,
        activation: activationOf('hidden_act', config.hidden_act),
        gate: linear(`${name}.mlp.shared_expert.gate_proj`, d, width, false),
        up: linear(`${name}.mlp.shared_expert.up_proj`, d, width, false),
        down: linear(`${name}.mlp.shared_expert.down_proj`, width, d, false),
      },
      gate: linear(`${name}.mlp.shared_expert_gate`, d, 1, false),
    });
    return llamaLayout(qwen2Moe.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead),
      biases: { qkv: config.qkv_bias },
      attention: (layer) => moeWindow(config, layer),
      feedForward: (layer, name) => (hasExperts(config, layer) ? qwenMixture(config, name, has, sharedExpert(name)) : undefined),
    });
  },
};

/** Unlike in Qwen 2, the reference lets every second of the *first* layers slide where config.json does not list them. */
function moeWindow(config: z.infer<typeof configSchema>, layer: number): ReturnType<typeof qwenWindow> {
  if (!config.use_sliding_window || config.layer_types) return qwenWindow(config, layer);
  return layer % 2 === 0 && layer < config.max_window_layers && config.sliding_window ? { window: config.sliding_window } : {};
}
