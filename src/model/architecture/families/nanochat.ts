/**
 * nanochat (Karpathy 2025): norms without weights, one of them on the embedding; squared ReLU without gate; heads that turn clockwise and
 * are normed afterwards; capped logits.
 */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import type { NormSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { linear } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('relu2'),
  rms_norm_eps: z.number().positive().default(1e-6),
  attention_bias: z.boolean().default(false),
  final_logit_softcapping: z.number().positive().nullable().default(15),
});

export const nanochat: Family = {
  modelType: 'nanochat',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, intermediate_size: dMlp, final_logit_softcapping: softCap } = config;
    const { dHead } = headSizes(config);
    const norm = (width: number): NormSpec => ({ kind: 'rms', width, epsilon: config.rms_norm_eps });
    return llamaLayout(nanochat.modelType, config, has, {
      norm: (_, width) => norm(width),
      rotary: { ...rotaryOf(config, dHead), reversed: true },
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: () => ({ qNorm: [norm(dHead)], kNorm: [norm(dHead)], normsRotated: true }),
      gated: false,
      mlp: (name) => ({ up: linear(`${name}.fc1`, d, dMlp, false), down: linear(`${name}.fc2`, dMlp, d, false) }),
      embeddingNorm: norm(d),
      unembedding: softCap ? { softCap } : {},
    });
  },
};
