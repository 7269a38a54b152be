/** Granite 3 with experts (IBM 2024): Granite with a mixture in every block, and in some models an expert that all tokens share. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { expertCount, size } from '../parts/config-fields';
import { gatedExperts, isStacked, mixture, stacksIn } from '../parts/experts-layout';
import type { Family } from '../family';
import type { MixtureSpec, SharedExpertSpec } from '../model-spec';
import { llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { linear, stackedGate } from '../parts/tensors';
import { graniteFields, graniteVariation } from './granite';

const moeFields = {
  ...graniteFields,
  num_local_experts: expertCount.default(8),
  num_experts_per_tok: size.default(2),
};

type GraniteMoeConfig = z.infer<z.ZodObject<typeof moeFields>>;

/** The mixture of a block. @param name that of the block */
function graniteMixture(config: GraniteMoeConfig, name: string, has: (tensor: string) => boolean, shared?: SharedExpertSpec): MixtureSpec {
  const { hidden_size: d, num_local_experts: count } = config;
  const module = `${name}.block_sparse_moe`;
  const asInMemory = stacksIn(`${module}.experts`);
  // As it was published, and as transformers saves it, two layers hold the matrices of all experts.
  const isInMemory = isStacked(has, asInMemory);
  const stacks = isInMemory ? asInMemory : { gateUp: `${module}.input_linear.weight`, down: `${module}.output_linear.weight` };
  const activation = activationOf('hidden_act', config.hidden_act);
  const layer = linear(isInMemory ? `${module}.router` : `${module}.router.layer`, d, count, false);
  return mixture(
    gatedExperts({ d, dMlp: config.intermediate_size, count, activation, stacks }, has),
    { layer, chosen: config.num_experts_per_tok, weighting: 'renormalised' },
    shared,
  );
}

const moeSchema = z.object(moeFields);

export const graniteMoe: Family = {
  modelType: 'granitemoe',

  describe(rawConfig, has) {
    const config = readConfig(moeSchema, rawConfig);
    return llamaLayout(graniteMoe.modelType, config, has, {
      ...graniteVariation(config),
      feedForward: (_, name) => graniteMixture(config, name, has),
    });
  },
};

const sharedSchema = z.object({
  ...moeFields,
  /** width of the shared expert; 0: there is none */
  shared_intermediate_size: z.int().nonnegative().default(1024),
});

export const graniteMoeShared: Family = {
  modelType: 'granitemoeshared',

  describe(rawConfig, has) {
    const config = readConfig(sharedSchema, rawConfig);
    const { hidden_size: d, shared_intermediate_size: width } = config;
    const sharedExpert = (name: string): SharedExpertSpec => ({
      mlp: {
        dMlp: width,
        activation: activationOf('hidden_act', config.hidden_act),
        ...stackedGate(`${name}.shared_mlp.input_linear`, d, width),
        down: linear(`${name}.shared_mlp.output_linear`, width, d, false),
      },
    });
    return llamaLayout(graniteMoeShared.modelType, config, has, {
      ...graniteVariation(config),
      feedForward: (_, name) => graniteMixture(config, name, has, width > 0 ? sharedExpert(name) : undefined),
    });
  },
};
