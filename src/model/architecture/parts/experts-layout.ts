/** Mixtures of experts as families store them: a tensor for each matrix of each expert, or one for all experts. */
import * as z from 'zod';
import type { Activation, LinearSpec, MixtureSpec, MlpSpec, SharedExpertSpec } from '../model-spec';
import { inStack } from '../stacked-tensors';
import { size } from './config-fields';
import { linear } from './tensors';
import { Problem } from '../../../core/problem';

/** Fields of families in which some blocks may be dense. */
export const sparseFields = {
  num_experts: size,
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

/** A mixture, and how its tensors are named. */
export interface MixtureLayout {
  /** width of the stream */
  readonly d: number;
  /** width of an expert */
  readonly dMlp: number;
  /** E */
  readonly count: number;
  /** K */
  readonly chosen: number;
  readonly renormalised: boolean;
  readonly activation: Activation;
  /** the layer that chooses */
  readonly router: LinearSpec;
  /** the matrices of one expert, each in a tensor of its own: names of modules */
  readonly own: (expert: number) => Readonly<Record<'gate' | 'up' | 'down', string>>;
  /** where transformers from version 5 on keeps the experts in two tensors: the name of the module that holds these */
  readonly stacked: string;
  readonly shared?: SharedExpertSpec;
}

/** Whether a checkpoint holds the experts of a module in two tensors. */
export function isStacked(has: (tensor: string) => boolean, module: string): boolean {
  return has(`${module}.gate_up_proj`);
}

/**
 * A mixture of gated experts without biases.
 *
 * @throws Problem `config-invalid` where more experts are to be chosen than there are
 */
export function mixture(layout: MixtureLayout, has: (tensor: string) => boolean): MixtureSpec {
  const { d, dMlp, count, chosen, renormalised, activation, router, own, stacked, shared } = layout;
  if (chosen > count) {
    throw new Problem(
      'config-invalid',
      `config.json: num_experts_per_tok is ${chosen}, but there are ${count} experts.`,
      'The settings of the model contradict its weights: fetch it again.',
    );
  }
  const inStacks = isStacked(has, stacked);
  const expert = (e: number): MlpSpec => {
    if (inStacks) return { dMlp, activation, ...stackedMatrices(stacked, e, d, dMlp) };
    const { gate, up, down } = own(e);
    return { dMlp, activation, gate: linear(gate, d, dMlp, false), up: linear(up, d, dMlp, false), down: linear(down, dMlp, d, false) };
  };
  return {
    dMlp: chosen * dMlp + (shared?.mlp.dMlp ?? 0),
    router: { layer: router, chosen, renormalised },
    experts: Array.from({ length: count }, (_, e) => expert(e)),
    ...(shared && { shared }),
  };
}

/** `gate_up_proj` [E,2F,d], in which each expert's gate comes first, and `down_proj` [E,d,F]. */
function stackedMatrices(module: string, expert: number, d: number, dMlp: number): Pick<MlpSpec, 'gate' | 'up' | 'down'> {
  const half = (index: number): LinearSpec => ({
    weight: {
      tensor: inStack(`${module}.gate_up_proj`, expert),
      layout: 'out_in',
      inputs: d,
      outputs: dMlp,
      part: { offset: index * dMlp, of: 2 * dMlp },
    },
  });
  const down: LinearSpec = { weight: { tensor: inStack(`${module}.down_proj`, expert), layout: 'out_in', inputs: dMlp, outputs: d } };
  return { gate: half(0), up: half(1), down };
}
