/** What GPT-J and CodeGen share: both branches read one norm; neighbouring features of a head are rotated together, and only some. */
import * as z from 'zod';
import { activationOf } from './activations';
import { gpt2Sizes, requireMultiple, size } from './config-fields';
import type { AttentionSpec, BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from './read-config';
import type { RotarySpec } from './rotary';
import { layerNorm, linear, unembeddingTable } from './tensors';

const configSchema = z.object({
  ...gpt2Sizes,
  rotary_dim: size.multipleOf(2).default(64),
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(false),
});

/**
 * Describes a model of this layout.
 *
 * @param projections where its queries, keys, values and outputs are, by what begins the names of attention's tensors
 * @throws Problem `config-invalid`
 */
export function gptjModel(
  family: string,
  rawConfig: Readonly<Record<string, unknown>>,
  projections: (attention: string, sizes: { readonly d: number; readonly nHeads: number }) => Pick<AttentionSpec, 'q' | 'k' | 'v' | 'o'>,
): ModelSpec {
  const config = readConfig(configSchema, rawConfig);
  const { n_embd: d, n_head: nHeads, vocab_size: vocabSize, layer_norm_epsilon: epsilon } = config;
  requireMultiple('n_embd', d, 'n_head', nHeads);
  const dMlp = config.n_inner ?? 4 * d;
  const activation = activationOf('activation_function', config.activation_function);
  const rotary: RotarySpec = { width: config.rotary_dim, interleaved: true, base: 10_000 };

  const block = (layer: number): BlockSpec => {
    const h = `transformer.h.${layer}`;
    return {
      wiring: 'parallel',
      ln1: layerNorm(`${h}.ln_1`, d, epsilon),
      attention: {
        nHeads,
        nKeyValueHeads: nHeads,
        dHead: d / nHeads,
        scale: 1 / Math.sqrt(d / nHeads),
        ...projections(`${h}.attn`, { d, nHeads }),
        rotary,
      },
      mlp: { dMlp, activation, up: linear(`${h}.mlp.fc_in`, d, dMlp, true), down: linear(`${h}.mlp.fc_out`, dMlp, d, true) },
    };
  };

  const tokens = { tensor: 'transformer.wte.weight', rows: vocabSize, width: d };
  return {
    family,
    dModel: d,
    vocabSize,
    contextLength: config.n_positions,
    embedding: { tokens },
    blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
    unembedding: {
      norm: layerNorm('transformer.ln_f', d, epsilon),
      table: unembeddingTable(tokens, config.tie_word_embeddings, 'lm_head', true),
    },
  };
}
