/**
 * Command R (Cohere 2024): both branches read one layer norm without bias, neighbouring features are rotated together, and logits
 * are scaled. Command R+ norms every head of the queries and keys by itself.
 */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, type LlamaVariation } from '../parts/llama-layout';
import type { NormSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { layerNorm } from '../parts/tensors';

/** Fields of Command R and R7B. */
export const cohereFields = {
  ...llamaFields,
  layer_norm_eps: z.number().positive().default(1e-5),
  logit_scale: z.number().positive().default(0.0625),
  attention_bias: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
};

/** What both differ in from Llama, but for the rotation. */
export function cohereVariation(config: z.infer<z.ZodObject<typeof cohereFields>>): Omit<LlamaVariation, 'rotary'> {
  return {
    norm: (name, width) => layerNorm(name, width, config.layer_norm_eps, false),
    norms: { ln1: 'input_layernorm' },
    block: { wiring: 'parallel' },
    biases: { qkv: config.attention_bias, o: config.attention_bias },
    unembedding: { scale: config.logit_scale },
  };
}

const configSchema = z.object({ ...cohereFields, use_qk_norm: z.boolean().default(false) });

export const cohere: Family = {
  modelType: 'cohere',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { nHeads, nKeyValueHeads, dHead } = headSizes(config);
    const headNorms = (name: string, count: number): NormSpec[] =>
      Array.from({ length: count }, (_, head) => ({
        kind: 'layer',
        width: dHead,
        // The gains of all heads are one tensor.
        gain: { tensor: `${name}.weight`, length: dHead, part: { offset: head * dHead, of: count * dHead }, shape: [count, dHead] },
        epsilon: config.layer_norm_eps,
      }));
    return llamaLayout(cohere.modelType, config, has, {
      ...cohereVariation(config),
      rotary: rotaryOf(config, dHead, { base: 500_000, interleaved: true }),
      attention: (_, name) =>
        config.use_qk_norm ? { qNorm: headNorms(`${name}.q_norm`, nHeads), kNorm: headNorms(`${name}.k_norm`, nKeyValueHeads) } : {},
    });
  },
};
