/** Apertus (Swiss AI 2025, arXiv 2509.14233): no gate, a non-linearity with weights of its own (xIELU), queries and keys normed head by head. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import type { XieluSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsHeadNorms } from '../parts/tensors';

/** What a file without parameters for the rotation implies. */
const ROTATION = {
  rope_type: 'llama3',
  rope_theta: 12_000_000,
  factor: 8,
  original_max_position_embeddings: 8192,
  low_freq_factor: 1,
  high_freq_factor: 4,
};

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('xielu'),
  rms_norm_eps: z.number().positive().default(1e-5),
  attention_bias: z.boolean().default(false),
  // Switches of the format that the reference implementation does not know.
  qk_norm: z.literal(true).default(true),
  post_norm: z.literal(false).default(false),
  mlp_bias: z.literal(false).default(false),
});

/** The xIELU of a feed-forward layer. @param name that of its module */
function xielu(name: string): XieluSpec {
  const number = (of: string, shape?: readonly number[]) => ({ tensor: `${name}.act_fn.${of}`, length: 1, ...(shape && { shape }) });
  return { kind: 'xielu', positive: number('alpha_p'), negative: number('alpha_n'), beta: number('beta', []) };
}

export const apertus: Family = {
  modelType: 'apertus',

  describe(rawConfig, has) {
    const read = readConfig(configSchema, rawConfig);
    const config = read.rope_parameters || read.rope_scaling ? read : { ...read, rope_parameters: ROTATION };
    const { rms_norm_eps: epsilon } = config;
    const { dHead } = headSizes(config);
    return llamaLayout(apertus.modelType, config, has, {
      norm: epsilon,
      norms: { ln1: 'attention_layernorm', ln2: 'feedforward_layernorm' },
      rotary: rotaryOf(config, dHead, { base: 12_000_000 }),
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (_, name) => rmsHeadNorms(name, dHead, epsilon),
      gated: false,
      ...(config.hidden_act === 'xielu' && { activation: xielu }),
    });
  },
};
