/**
 * gpt-oss (OpenAI 2025, arXiv 2508.10925): a mixture in every block, whose gates and linear halves are bounded, with biases everywhere; every
 * head has a sink; every second block sees a window.
 */
import * as z from 'zod';
import { expertCount, size } from '../parts/config-fields';
import { mixture } from '../parts/experts-layout';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, windowFields, windowOf } from '../parts/llama-layout';
import type { LinearSpec, MlpSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { rotaryOf, type RotaryConfig } from '../parts/rotary-config';
import { inStack } from '../../checkpoint/layer-parts';
import { linear } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  ...windowFields,
  head_dim: size.default(64),
  max_position_embeddings: size.default(131_072),
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(true),
  num_local_experts: expertCount.default(128),
  num_experts_per_tok: size.default(4),
  hidden_act: z.literal('silu', 'gates of another kind than “silu” are not supported').default('silu'),
  /** slope of the gate's sigmoid */
  swiglu_alpha: z.number().positive().default(1.702),
  /** what bounds gates from above, and linear halves from both sides */
  swiglu_limit: z.number().positive().default(7),
});

type GptOssConfig = z.infer<typeof configSchema>;

/** What the reference stretches positions by where config.json says nothing. */
const SCALING = {
  rope_type: 'yarn',
  factor: 32,
  beta_fast: 32,
  beta_slow: 1,
  truncate: false,
  original_max_position_embeddings: 4096,
};

function withScaling<T extends RotaryConfig>(config: T): T {
  return config.rope_parameters || config.rope_scaling ? config : { ...config, rope_scaling: SCALING };
}

/** An expert of those in stacks: [E,d,2F], in which columns of gate and linear half alternate, and [E,F,d]; biases likewise. */
function stackedExpert(config: GptOssConfig, module: string, e: number): MlpSpec {
  const { hidden_size: d, intermediate_size: dMlp } = config;
  const half = (offset: number): LinearSpec => {
    const part = { offset, of: 2 * dMlp, every: { run: 1, step: 2 } };
    return {
      weight: { tensor: inStack(`${module}.gate_up_proj`, e), layout: 'in_out', inputs: d, outputs: dMlp, part },
      bias: { tensor: inStack(`${module}.gate_up_proj_bias`, e), length: dMlp, part },
    };
  };
  return {
    ...bounded(config),
    dMlp,
    gate: half(0),
    up: half(1),
    down: {
      weight: { tensor: inStack(`${module}.down_proj`, e), layout: 'in_out', inputs: dMlp, outputs: d },
      bias: { tensor: inStack(`${module}.down_proj_bias`, e), length: d },
    },
  };
}

/** An expert, in whichever tensors it is. */
function expertOf(config: GptOssConfig, module: string, e: number, has: (tensor: string) => boolean): MlpSpec {
  const own = `${module}.${e}`;
  return has(`${own}.gate_proj.weight`) ? ownExpert(config, own) : stackedExpert(config, module, e);
}

/** An expert whose matrices are in tensors of their own, as those of GGUF files are read. */
function ownExpert({ hidden_size: d, intermediate_size: dMlp, ...config }: GptOssConfig, module: string): MlpSpec {
  return {
    ...bounded(config),
    dMlp,
    gate: linear(`${module}.gate_proj`, d, dMlp, true),
    up: linear(`${module}.up_proj`, d, dMlp, true),
    down: linear(`${module}.down_proj`, dMlp, d, true),
  };
}

/** What bounds gate and linear half. */
const bounded = ({ swiglu_alpha: slope, swiglu_limit: limit }: Pick<GptOssConfig, 'swiglu_alpha' | 'swiglu_limit'>) => ({
  activation: { kind: 'swish', slope, limit } as const,
  linearHalf: { limit, offset: 1 },
});

export const gptOss: Family = {
  modelType: 'gpt_oss',

  describe(rawConfig, has) {
    const config = withScaling(readConfig(configSchema, rawConfig));
    const { hidden_size: d, num_local_experts: count, num_attention_heads: nHeads } = config;
    return llamaLayout(gptOss.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, headSizes(config).dHead, { base: 150_000 }),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (layer, name) => ({
        sinks: { tensor: `${name}.sinks`, length: nHeads },
        ...windowOf({ ...config, sliding_window: config.sliding_window ?? 128 }, layer, (at) => at % 2 === 0),
      }),
      feedForward: (_, name) =>
        mixture(
          Array.from({ length: count }, (_expert, e) => expertOf(config, `${name}.mlp.experts`, e, has)),
          { layer: linear(`${name}.mlp.router`, d, count, true), chosen: config.num_experts_per_tok, weighting: 'renormalised' },
        ),
    });
  },
};
