/** Mixtures of experts as families store them: a tensor for each matrix of each expert, or one for all experts. */
import * as z from 'zod';
import {
  expertWidth,
  type Activation,
  type LinearSpec,
  type MixtureSpec,
  type MlpSpec,
  type RouterSpec,
  type SharedExpertSpec,
} from '../model-spec';
import { inStack } from '../../checkpoint/layer-parts';
import { expertCount, size } from './config-fields';
import { linear } from './tensors';
import { Problem } from '../../../core/problem';

/** Fields of families in which some blocks may be dense. */
export const sparseFields = {
  num_experts: expertCount,
  num_experts_per_tok: size,
  norm_topk_prob: z.boolean().default(false),
  /** width of an expert; `intermediate_size` is that of dense blocks */
  moe_intermediate_size: size,
  /** every so many blocks have experts */
  decoder_sparse_step: size.default(1),
  /** blocks without experts */
  mlp_only_layers: z.array(z.int().nonnegative()).nullish(),
};

/** Whether a block has experts. */
export function hasExperts(
  {
    decoder_sparse_step: step,
    mlp_only_layers: dense,
  }: Pick<z.infer<z.ZodObject<typeof sparseFields>>, 'decoder_sparse_step' | 'mlp_only_layers'>,
  layer: number,
): boolean {
  return dense?.includes(layer) !== true && (layer + 1) % step === 0;
}

/** Experts with a gate and without biases, and how their tensors are named. */
export interface GatedExperts {
  /** width of the stream */
  readonly d: number;
  /** width of an expert */
  readonly dMlp: number;
  /** E */
  readonly count: number;
  readonly activation: Activation;
  /** the matrices of one expert, each in a tensor of its own: names of modules; absent where no checkpoint has them so */
  readonly own?: (expert: number) => Readonly<Record<'gate' | 'up' | 'down', string>>;
  /** where all experts are in two tensors */
  readonly stacks: Stacks;
}

/** Names of two tensors: [E,2F,d], in which each expert's gate comes first, and [E,d,F]. */
export interface Stacks {
  readonly gateUp: string;
  readonly down: string;
}

/** The names that transformers gives to stacks from version 5 on. @param module that holds them */
export function stacksIn(module: string): Stacks {
  return { gateUp: `${module}.gate_up_proj`, down: `${module}.down_proj` };
}

/** Whether a checkpoint holds experts in these two tensors. */
export function isStacked(has: (tensor: string) => boolean, { gateUp }: Stacks): boolean {
  return has(gateUp);
}

/** The experts of a block. */
export function gatedExperts(layout: GatedExperts, has: (tensor: string) => boolean): readonly MlpSpec[] {
  const { d, dMlp, count, activation, own, stacks } = layout;
  const inStacks = own === undefined || isStacked(has, stacks);
  return Array.from({ length: count }, (_, e): MlpSpec => {
    if (inStacks) return { dMlp, activation, ...stackedMatrices(stacks, e, d, dMlp) };
    const { gate, up, down } = own(e);
    return { dMlp, activation, gate: linear(gate, d, dMlp, false), up: linear(up, d, dMlp, false), down: linear(down, dMlp, d, false) };
  });
}

/** One expert of those in stacks. */
function stackedMatrices({ gateUp, down }: Stacks, expert: number, d: number, dMlp: number): Pick<MlpSpec, 'gate' | 'up' | 'down'> {
  const half = (index: number): LinearSpec => ({
    weight: {
      tensor: inStack(gateUp, expert),
      layout: 'out_in',
      inputs: d,
      outputs: dMlp,
      part: { offset: index * dMlp, of: 2 * dMlp },
    },
  });
  return {
    gate: half(0),
    up: half(1),
    down: { weight: { tensor: inStack(down, expert), layout: 'out_in', inputs: dMlp, outputs: d } },
  };
}

/**
 * A mixture of these experts.
 *
 * @throws Problem `config-invalid` where more experts are to be chosen than there are
 */
export function mixture(experts: readonly MlpSpec[], router: RouterSpec, shared?: SharedExpertSpec): MixtureSpec {
  const { chosen } = router;
  if (chosen > experts.length) {
    throw new Problem(
      'config-invalid',
      `config.json: num_experts_per_tok is ${chosen}, but there are ${experts.length} experts.`,
      'The settings of the model contradict its weights: fetch it again.',
    );
  }
  return {
    dMlp: chosen * (experts[0] ? expertWidth(experts[0]) : 0) + (shared ? expertWidth(shared.mlp) : 0),
    router,
    experts,
    ...(shared && { shared }),
  };
}
