/** The first GPT (Radford et al. 2018): GPT-2 with its norms on the stream, after each branch is added, and none at the end. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { gpt2Sizes, requireMultiple } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { conv1d, layerNorm, prefixOf, unembeddingTable } from '../parts/tensors';

const configSchema = z.object({
  ...gpt2Sizes,
  // What other families call gelu_new.
  afn: z
    .enum(['gelu', 'relu', 'silu', 'swish'])
    .default('gelu')
    .transform((name) => (name === 'gelu' ? 'gelu_new' : name)),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
});

export const openaiGpt: Family = {
  modelType: 'openai-gpt',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { n_embd: d, n_head: nHeads, vocab_size: vocabSize, n_positions: positions } = config;
    requireMultiple('n_embd', d, 'n_head', nHeads);
    const activation = activationOf('afn', config.afn);
    const prefix = prefixOf(has, 'transformer.', ['tokens_embed.weight', 'positions_embed.weight']);
    const dMlp = 4 * d;

    const block = (layer: number): BlockSpec => {
      const h = `${prefix}h.${layer}`;
      const fused = (index: number) => conv1d(`${h}.attn.c_attn`, d, d, index * d, 3 * d);
      return {
        wiring: 'post-norm',
        ln1: layerNorm(`${h}.ln_1`, d, config.layer_norm_epsilon),
        attention: {
          nHeads,
          nKeyValueHeads: nHeads,
          dHead: d / nHeads,
          scale: 1 / Math.sqrt(d / nHeads),
          q: fused(0),
          k: fused(1),
          v: fused(2),
          o: conv1d(`${h}.attn.c_proj`, d, d),
        },
        ln2: layerNorm(`${h}.ln_2`, d, config.layer_norm_epsilon),
        mlp: { dMlp, activation, up: conv1d(`${h}.mlp.c_fc`, d, dMlp), down: conv1d(`${h}.mlp.c_proj`, dMlp, d) },
      };
    };

    const tokens = { tensor: `${prefix}tokens_embed.weight`, rows: vocabSize, width: d };
    return {
      family: openaiGpt.modelType,
      dModel: d,
      vocabSize,
      contextLength: positions,
      embedding: { tokens, positions: { tensor: `${prefix}positions_embed.weight`, rows: positions, width: d, offset: 0 } },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: { table: unembeddingTable(tokens, config.tie_word_embeddings) },
    };
  },
};
