/**
 * Mixtures as in DeepSeek's models: many small experts, in groups of which the best are chosen first, beside shared ones; the first blocks are
 * dense. Tensors are named alike in all of these families.
 */
import * as z from 'zod';
import { Problem } from '../../../core/problem';
import type { ExpertGroupsSpec, MixtureSpec, RouterSpec, SharedExpertSpec } from '../model-spec';
import { activationOf } from './activations';
import { expertCount, requireMultiple, size } from './config-fields';
import { gatedExperts, mixture, stacksIn } from './experts-layout';
import type { LlamaConfig } from './llama-layout';
import { linear } from './tensors';

/** Fields of these families. */
export const groupedFields = {
  n_routed_experts: expertCount,
  num_experts_per_tok: size,
  /** width of an expert; `intermediate_size` is that of dense blocks */
  moe_intermediate_size: size,
  /** as many as the one shared expert is as wide */
  n_shared_experts: z.int().nonnegative().nullish(),
  n_group: size.nullish(),
  /** groups that are chosen */
  topk_group: size.nullish(),
  routed_scaling_factor: z.number().positive().default(1),
  moe_layer_freq: z.literal(1, 'dense blocks between those with experts are not supported').nullish(),
};

/** Of families whose first blocks are dense: how many. */
export const denseFirst = z.int().nonnegative();

type GroupedConfig = LlamaConfig & z.infer<z.ZodObject<typeof groupedFields>>;

/**
 * How experts are chosen where the sigmoids of logits are corrected, the two best experts speak for a group, and the weights are not (DeepSeek
 * V3's `noaux_tc`).
 *
 * @param correction name of the tensor
 * @throws Problem `config-invalid`
 */
function correctedRouting(
  config: GroupedConfig & { readonly norm_topk_prob: boolean },
  correction: string,
): Omit<RouterSpec, 'layer' | 'chosen'> {
  const groups = groupsOf(config, 2);
  return {
    scores: 'sigmoid',
    correction: { tensor: correction, length: config.n_routed_experts },
    ...(groups && { groups }),
    weighting: config.norm_topk_prob ? 'renormalised' : 'probability',
    scale: config.routed_scaling_factor,
  };
}

/** The feed-forward layer of a block whose experts are chosen so (see `correctedRouting`), after blocks that are dense. @throws Problem `config-invalid` */
export function correctedAfterDense(
  config: GroupedConfig & { readonly norm_topk_prob: boolean; readonly first_k_dense_replace: number },
  has: (tensor: string) => boolean,
): (layer: number, name: string) => MixtureSpec | undefined {
  return (layer, name) => (layer < config.first_k_dense_replace ? undefined : correctedMixture(config, name, has));
}

/** The name of what corrects the scores of experts, in the first of some modules that has it; where none has, in the first. */
export function correctionOf(has: (tensor: string) => boolean, ...modules: readonly [string, ...string[]]): string {
  const names = modules.map((module) => `${module}.e_score_correction_bias`);
  return names.find(has) ?? `${modules[0]}.e_score_correction_bias`;
}

/** The mixture of a block whose experts are chosen so. @param name that of the block @throws Problem `config-invalid` */
export function correctedMixture(
  config: GroupedConfig & { readonly norm_topk_prob: boolean },
  name: string,
  has: (tensor: string) => boolean,
  correction = correctionOf(has, `${name}.mlp.gate`),
): MixtureSpec {
  return groupedMixture(config, name, has, correctedRouting(config, correction));
}

/**
 * The groups of experts; undefined where there is one.
 *
 * @throws Problem `config-invalid` where they cannot be formed, or hold too few experts
 */
export function groupsOf(config: GroupedConfig, judgedBy: ExpertGroupsSpec['judgedBy']): ExpertGroupsSpec | undefined {
  const { n_routed_experts: experts, n_group: count, topk_group: chosen, num_experts_per_tok: needed } = config;
  if (!count || count === 1) return undefined;
  requireMultiple('n_routed_experts', experts, 'n_group', count);
  const size = experts / count;
  if (!chosen || chosen > count || chosen * size < needed || size < judgedBy) {
    throw new Problem(
      'config-invalid',
      `config.json: ${needed} experts cannot be chosen from ${chosen ?? 'no'} of ${count} groups of ${size}.`,
      'Compare n_group, topk_group and num_experts_per_tok with the published config.',
    );
  }
  return { count, chosen, judgedBy };
}

/**
 * The mixture of a block.
 *
 * @param name that of the block
 * @throws Problem `config-invalid`
 */
export function groupedMixture(
  config: GroupedConfig,
  name: string,
  has: (tensor: string) => boolean,
  routing: Omit<RouterSpec, 'layer' | 'chosen'>,
): MixtureSpec {
  const { hidden_size: d, n_routed_experts: count, moe_intermediate_size: dMlp } = config;
  const module = `${name}.mlp.experts`;
  const experts = gatedExperts(
    {
      d,
      dMlp,
      count,
      activation: activationOf('hidden_act', config.hidden_act),
      own: (e) => ({ gate: `${module}.${e}.gate_proj`, up: `${module}.${e}.up_proj`, down: `${module}.${e}.down_proj` }),
      stacks: stacksIn(module),
    },
    has,
  );
  const router = { layer: linear(`${name}.mlp.gate`, d, count, false), chosen: config.num_experts_per_tok, ...routing };
  return mixture(experts, router, sharedExpert(config, `${name}.mlp.shared_experts`));
}

/** The experts that every token goes to, which are stored as one. */
function sharedExpert(config: GroupedConfig, name: string): SharedExpertSpec | undefined {
  const { hidden_size: d, moe_intermediate_size: width, n_shared_experts: count } = config;
  if (!count) return undefined;
  const dMlp = count * width;
  return {
    mlp: {
      dMlp,
      activation: activationOf('hidden_act', config.hidden_act),
      gate: linear(`${name}.gate_proj`, d, dMlp, false),
      up: linear(`${name}.up_proj`, d, dMlp, false),
      down: linear(`${name}.down_proj`, dMlp, d, false),
    },
  };
}
