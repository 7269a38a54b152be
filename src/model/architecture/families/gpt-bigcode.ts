/** GPT-BigCode: SantaCoder and StarCoder (Li et al. 2023, arXiv 2305.06161). GPT-2 with one key/value head for all queries. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { gpt2Sizes, requireMultiple } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { interleavedProjections, layerNorm, linear, prefixOf, stackedProjections, unembeddingTable } from '../parts/tensors';

const configSchema = z.object({
  ...gpt2Sizes,
  activation_function: z.string().default('gelu_pytorch_tanh'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  multi_query: z.boolean().default(true),
  add_cross_attention: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().default(true),
});

export const gptBigCode: Family = {
  modelType: 'gpt_bigcode',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { n_embd: d, n_head: nHeads, vocab_size: vocabSize, n_positions: positions, layer_norm_epsilon: epsilon } = config;
    requireMultiple('n_embd', d, 'n_head', nHeads);
    const prefix = prefixOf(has, 'transformer.', ['wte.weight', 'ln_f.weight']);
    const dMlp = config.n_inner ?? 4 * d;
    const sizes = { nHeads, nKeyValueHeads: config.multi_query ? 1 : nHeads, dHead: d / nHeads };
    const projections = config.multi_query ? stackedProjections : interleavedProjections;
    const activation = activationOf('activation_function', config.activation_function);

    const block = (layer: number): BlockSpec => {
      const h = `${prefix}h.${layer}`;
      return {
        wiring: 'sequential',
        ln1: layerNorm(`${h}.ln_1`, d, epsilon),
        attention: {
          ...sizes,
          scale: config.scale_attn_weights ? 1 / Math.sqrt(sizes.dHead) : 1,
          ...projections(`${h}.attn.c_attn`, d, sizes, true),
          o: linear(`${h}.attn.c_proj`, d, d, true),
        },
        ln2: layerNorm(`${h}.ln_2`, d, epsilon),
        mlp: { dMlp, activation, up: linear(`${h}.mlp.c_fc`, d, dMlp, true), down: linear(`${h}.mlp.c_proj`, dMlp, d, true) },
      };
    };

    const tokens = { tensor: `${prefix}wte.weight`, rows: vocabSize, width: d };
    return {
      family: gptBigCode.modelType,
      dModel: d,
      vocabSize,
      contextLength: positions,
      embedding: { tokens, positions: { tensor: `${prefix}wpe.weight`, rows: positions, width: d, offset: 0 } },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: {
        norm: layerNorm(`${prefix}ln_f`, d, epsilon),
        table: unembeddingTable(tokens, config.tie_word_embeddings),
      },
    };
  },
};
