/** HunYuan dense (Tencent 2025): Llama whose queries and keys are normed head by head once they are rotated. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, type LlamaVariation } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { parametersOf, rotaryFrom, rotaryOf } from '../parts/rotary-config';
import type { RotarySpec } from '../parts/rotary';
import { rmsNorm } from '../parts/tensors';

/** Fields that HunYuan's models share. */
export const hunyuanFields = {
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  use_qk_norm: z.literal(true).default(true),
};

const configSchema = z.object(hunyuanFields);

/** A scaling that is called dynamic but has an alpha stretches the base once and for all. */
function rotation(config: z.infer<typeof configSchema>, width: number): RotarySpec {
  const { alpha, rope_type: newer, type: older, rope_theta: theta } = parametersOf(config);
  if ((newer ?? older) !== 'dynamic' || !alpha) return rotaryOf(config, width);
  const base = theta ?? config.rope_theta ?? 10_000;
  return rotaryFrom({}, config, { width, base: base * alpha ** (width / (width - 2)) });
}

/** Their norms and attention. @throws Problem `config-invalid` */
export function hunyuanAttention(config: z.infer<typeof configSchema>): Pick<LlamaVariation, 'norm' | 'rotary' | 'biases' | 'attention'> {
  const { rms_norm_eps: epsilon, attention_bias: bias } = config;
  const { dHead } = headSizes(config);
  return {
    norm: epsilon,
    rotary: rotation(config, dHead),
    biases: { qkv: bias, o: bias },
    attention: (_, name) => ({
      qNorm: [rmsNorm(`${name}.query_layernorm`, dHead, epsilon)],
      kNorm: [rmsNorm(`${name}.key_layernorm`, dHead, epsilon)],
      normsRotated: true,
    }),
  };
}

export const hunyuanDense: Family = {
  modelType: 'hunyuan_v1_dense',
  classes: ['HunYuanDenseV1'],

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(hunyuanDense.modelType, config, has, hunyuanAttention(config));
  },
};
