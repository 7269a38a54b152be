/**
 * Llama 4 (Meta 2025), text only: Llama with mixtures in some or all blocks, whose experts read the layer's input times their score, and a
 * shared expert. Most layers rotate, norm their heads afterwards and see a chunk; the others see everything, by queries that grow.
 */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { expertCount, size } from '../parts/config-fields';
import { mixture } from '../parts/experts-layout';
import type { Family } from '../family';
import type { AttentionSpec, LinearSpec, MixtureSpec, MlpSpec, NormSpec } from '../model-spec';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { linear } from '../parts/tensors';
import { inStack } from '../../checkpoint/layer-parts';

const configSchema = z.object({
  ...llamaFields,
  head_dim: size.nullable().default(128),
  num_key_value_heads: size.nullable().default(8),
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  /** width of dense blocks; `intermediate_size` is that of an expert */
  intermediate_size_mlp: size.default(16_384),
  num_local_experts: expertCount.default(16),
  num_experts_per_tok: size.default(1),
  /** the blocks that are mixtures; absent: every so many */
  moe_layers: z.array(z.int().nonnegative()).nullish(),
  interleave_moe_layer_step: size.default(1),
  use_qk_norm: z.boolean().default(true),
  /** for each layer 1 where it rotates, contrary to the name */
  no_rope_layers: z.array(z.int()).nullish(),
  /** every so many layers one does not rotate */
  no_rope_layer_interval: size.default(4),
  layer_types: z.array(z.enum(['full_attention', 'chunked_attention'])).nullish(),
  attention_chunk_size: size.nullable().default(8192),
  attn_temperature_tuning: z.union([z.boolean(), z.int()]).default(true),
  floor_scale: size.default(8192),
  attn_scale: z.number().default(0.1),
});

type Llama4Config = z.infer<typeof configSchema>;

export const llama4: Family = {
  modelType: 'llama4_text',
  classes: ['llama4'],

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, intermediate_size_mlp: dMlp, no_rope_layers: listed } = config;
    const activation = activationOf('hidden_act', config.hidden_act);
    const { dHead } = headSizes(config);
    const rotates = (layer: number) =>
      listed && listed.length > 0 ? listed[layer] !== 0 : (layer + 1) % config.no_rope_layer_interval !== 0;
    return llamaLayout(llama4.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, dHead, { base: 500_000, interleaved: true }),
      rotates,
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (layer) => ({ ...windowOf(config, layer, rotates), ...(rotates(layer) ? headNorms(config, dHead) : growth(config)) }),
      feedForward: (layer, name) => {
        const module = `${name}.feed_forward`;
        return hasExperts(config, layer) ? llama4Mixture(config, module, has) : { activation, ...gated(module, d, dMlp) };
      },
    });
  },
};

/** Whether a block is a mixture. */
function hasExperts({ moe_layers: listed, interleave_moe_layer_step: step }: Llama4Config, layer: number): boolean {
  return listed ? listed.includes(layer) : (layer + 1) % step === 0;
}

/** What a layer sees: a chunk where its heads rotate, unless the layers are listed. */
function windowOf(
  { layer_types: types, attention_chunk_size: chunk }: Llama4Config,
  layer: number,
  rotates: (layer: number) => boolean,
): Pick<AttentionSpec, 'window'> {
  const isChunked = types ? types[layer] === 'chunked_attention' : rotates(layer);
  return isChunked && chunk ? { window: { chunk } } : {};
}

/** Norms of rotated queries and keys, which have no weights. */
function headNorms(config: Llama4Config, dHead: number): Partial<AttentionSpec> {
  if (!config.use_qk_norm) return {};
  const norm: NormSpec = { kind: 'rms', width: dHead, epsilon: config.rms_norm_eps };
  return { qNorm: [norm], kNorm: [norm], normsRotated: true };
}

/** How queries grow in layers without rotation. */
function growth({ attn_temperature_tuning: tuned, attn_scale: rate, floor_scale: every }: Llama4Config): Partial<AttentionSpec> {
  return tuned ? { queryGrowth: { rate, every, from: 1 } } : {};
}

/** A feed-forward layer with a gate. @param module its name */
function gated(module: string, d: number, dMlp: number): Omit<MlpSpec, 'activation'> {
  return {
    dMlp,
    gate: linear(`${module}.gate_proj`, d, dMlp, false),
    up: linear(`${module}.up_proj`, d, dMlp, false),
    down: linear(`${module}.down_proj`, dMlp, d, false),
  };
}

/** An expert of those in stacks: [E,d,2F] with the gates first, and [E,F,d]. @param module that holds them */
function stackedExpert({ hidden_size: d, intermediate_size: dMlp }: Llama4Config, module: string, e: number): Omit<MlpSpec, 'activation'> {
  const half = (index: number): LinearSpec => {
    const part = { offset: index * dMlp, of: 2 * dMlp };
    return { weight: { tensor: inStack(`${module}.gate_up_proj`, e), layout: 'in_out', inputs: d, outputs: dMlp, part } };
  };
  return {
    dMlp,
    gate: half(0),
    up: half(1),
    down: { weight: { tensor: inStack(`${module}.down_proj`, e), layout: 'in_out', inputs: dMlp, outputs: d } },
  };
}

/** The mixture of a block, whose experts are in stacks, or in tensors of their own as GGUF files are read. @param module its name */
function llama4Mixture(config: Llama4Config, module: string, has: (tensor: string) => boolean): MixtureSpec {
  const { hidden_size: d, intermediate_size: dMlp, num_local_experts: count, num_experts_per_tok: chosen } = config;
  const activation = activationOf('hidden_act', config.hidden_act);
  const experts = Array.from({ length: count }, (_, e): MlpSpec => {
    const own = `${module}.experts.${e}`;
    const isAlone = has(`${own}.gate_proj.weight`);
    return { activation, ...(isAlone ? gated(own, d, dMlp) : stackedExpert(config, `${module}.experts`, e)) };
  });
  return mixture(
    experts,
    { layer: linear(`${module}.router`, d, count, false), chosen, scores: 'sigmoid', weighting: 'input' },
    { mlp: { activation, ...gated(`${module}.shared_expert`, d, dMlp) } },
  );
}
