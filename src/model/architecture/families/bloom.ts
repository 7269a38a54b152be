/** BLOOM (BigScience 2022, arXiv 2211.05100): a norm after the token table, and positions as biases on attention's scores. */
import * as z from 'zod';
import { Problem } from '../../../core/problem';
import { alibiSlopes } from '../parts/alibi';
import { COMPARE_CONFIG, layerCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { interleavedProjections, layerNorm, linear, prefixOf, unembeddingTable } from '../parts/tensors';

/** Some sizes go by two names, depending on the checkpoint's age. */
const configSchema = z.object({
  vocab_size: size,
  hidden_size: size.optional(),
  n_embed: size.optional(),
  n_layer: layerCount,
  n_head: size.optional(),
  num_attention_heads: size.optional(),
  seq_length: size.default(2048),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  apply_residual_connection_post_layernorm: z.literal(false).default(false),
  tie_word_embeddings: z.boolean().default(true),
});

export const bloom: Family = {
  modelType: 'bloom',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { vocab_size: vocabSize, layer_norm_epsilon: epsilon } = config;
    const d = config.n_embed ?? config.hidden_size;
    const nHeads = config.n_head ?? config.num_attention_heads;
    if (d === undefined || nHeads === undefined || d % nHeads !== 0) {
      throw new Problem(
        'config-invalid',
        `config.json: hidden_size (${d}) and n_head (${nHeads}) must both be given, and hidden_size must be a multiple of n_head.`,
        COMPARE_CONFIG,
      );
    }
    const prefix = prefixOf(has, 'transformer.', ['word_embeddings.weight', 'ln_f.weight']);
    const dMlp = 4 * d;
    const sizes = { nHeads, nKeyValueHeads: nHeads, dHead: d / nHeads };
    const alibi = { slopes: alibiSlopes(nHeads) };

    const block = (layer: number): BlockSpec => {
      const h = `${prefix}h.${layer}`;
      return {
        wiring: 'sequential',
        ln1: layerNorm(`${h}.input_layernorm`, d, epsilon),
        attention: {
          ...sizes,
          scale: 1 / Math.sqrt(sizes.dHead),
          ...interleavedProjections(`${h}.self_attention.query_key_value`, d, sizes, true),
          o: linear(`${h}.self_attention.dense`, d, d, true),
          alibi,
        },
        ln2: layerNorm(`${h}.post_attention_layernorm`, d, epsilon),
        mlp: {
          dMlp,
          activation: 'gelu_tanh',
          up: linear(`${h}.mlp.dense_h_to_4h`, d, dMlp, true),
          down: linear(`${h}.mlp.dense_4h_to_h`, dMlp, d, true),
        },
      };
    };

    const tokens = { tensor: `${prefix}word_embeddings.weight`, rows: vocabSize, width: d };
    return {
      family: bloom.modelType,
      dModel: d,
      vocabSize,
      contextLength: config.seq_length,
      embedding: { tokens, norm: layerNorm(`${prefix}word_embeddings_layernorm`, d, epsilon) },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: { norm: layerNorm(`${prefix}ln_f`, d, epsilon), table: unembeddingTable(tokens, config.tie_word_embeddings) },
    };
  },
};
