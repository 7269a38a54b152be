/** GPT-J (Wang & Komatsuzaki 2021): both branches read one norm; neighbouring features of a head are rotated together, and only some. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { gpt2Sizes, requireMultiple, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import type { RotarySpec } from '../parts/rotary';
import { layerNorm, linear, unembeddingTable } from '../parts/tensors';

const configSchema = z.object({
  ...gpt2Sizes,
  rotary_dim: size.multipleOf(2).default(64),
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(false),
});

export const gptj: Family = {
  modelType: 'gptj',

  describe(rawConfig): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { n_embd: d, n_head: nHeads, vocab_size: vocabSize, layer_norm_epsilon: epsilon } = config;
    requireMultiple('n_embd', d, 'n_head', nHeads);
    const dMlp = config.n_inner ?? 4 * d;
    const activation = activationOf('activation_function', config.activation_function);
    const rotary: RotarySpec = { width: config.rotary_dim, interleaved: true, base: 10_000 };

    const block = (layer: number): BlockSpec => {
      const h = `transformer.h.${layer}`;
      const project = (name: string) => linear(`${h}.attn.${name}_proj`, d, d, false);
      return {
        wiring: 'parallel',
        ln1: layerNorm(`${h}.ln_1`, d, epsilon),
        attention: {
          nHeads,
          nKeyValueHeads: nHeads,
          dHead: d / nHeads,
          scale: 1 / Math.sqrt(d / nHeads),
          q: project('q'),
          k: project('k'),
          v: project('v'),
          o: project('out'),
          rotary,
        },
        mlp: { dMlp, activation, up: linear(`${h}.mlp.fc_in`, d, dMlp, true), down: linear(`${h}.mlp.fc_out`, dMlp, d, true) },
      };
    };

    const tokens = { tensor: 'transformer.wte.weight', rows: vocabSize, width: d };
    return {
      family: gptj.modelType,
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
  },
};
