/**
 * Falcon (Almazrouei et al. 2023, arXiv 2311.16867) in its three shapes: 7B (one key/value head, branches side by side
 * after one norm), 40B and later (groups, one or two norms), RefinedWeb (one after the other, biases on positions).
 */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { alibiSlopes } from '../parts/alibi';
import { layerCount, requireMultiple, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { AttentionSpec, BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { contextLengthOf, rotaryFields, rotaryOf } from '../parts/rotary-config';
import { interleavedProjections, layerNorm, linear, prefixOf, stackedProjections, unembeddingTable } from '../parts/tensors';

const configSchema = z.object({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  num_kv_heads: size.nullish(),
  ffn_hidden_size: size.nullish(),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  activation: z.string().default('gelu'),
  alibi: z.boolean().default(false),
  bias: z.boolean().default(false),
  multi_query: z.boolean().default(true),
  parallel_attn: z.boolean().default(true),
  /** overrules `multi_query` and `parallel_attn` */
  new_decoder_architecture: z.boolean().default(false),
  num_ln_in_parallel_attn: z.union([z.literal(1), z.literal(2)]).nullish(),
  tie_word_embeddings: z.boolean().default(true),
  ...rotaryFields,
  max_position_embeddings: size.default(2048),
});

export const falcon: Family = {
  modelType: 'falcon',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, num_attention_heads: nHeads, vocab_size: vocabSize, layer_norm_epsilon: epsilon, bias } = config;
    requireMultiple('hidden_size', d, 'num_attention_heads', nHeads);
    const grouped = config.new_decoder_architecture;
    const one = config.multi_query && !grouped;
    const nKeyValueHeads = one ? 1 : grouped ? (config.num_kv_heads ?? nHeads) : nHeads;
    requireMultiple('num_attention_heads', nHeads, 'num_kv_heads', nKeyValueHeads);
    const dHead = d / nHeads;
    const sizes = { nHeads, nKeyValueHeads, dHead };
    const projections = one ? stackedProjections : interleavedProjections;
    const parallel = grouped || config.parallel_attn;
    const twoNorms = grouped && config.num_ln_in_parallel_attn !== 1;
    const dMlp = config.ffn_hidden_size ?? 4 * d;
    const activation = activationOf('activation', config.activation);
    const prefix = prefixOf(has, 'transformer.', ['word_embeddings.weight', 'ln_f.weight']);
    const scale = 1 / Math.sqrt(dHead);
    const rotary = rotaryOf(config, dHead);
    const positions: Pick<AttentionSpec, 'alibi' | 'rotary'> = config.alibi
      ? // Added before the scale, and rounded as the model was trained.
        { alibi: { slopes: alibiSlopes(nHeads), roundedTo: 'bfloat16', scale } }
      : { rotary };

    const block = (layer: number): BlockSpec => {
      const h = `${prefix}h.${layer}`;
      const norm = (name: string) => layerNorm(`${h}.${name}`, d, epsilon);
      return {
        wiring: parallel ? 'parallel' : 'sequential',
        ln1: norm(twoNorms ? 'ln_attn' : 'input_layernorm'),
        attention: {
          ...sizes,
          scale,
          ...projections(`${h}.self_attention.query_key_value`, d, sizes, bias),
          o: linear(`${h}.self_attention.dense`, d, d, bias),
          ...positions,
        },
        ...(twoNorms ? { ln2: norm('ln_mlp') } : parallel ? {} : { ln2: norm('post_attention_layernorm') }),
        mlp: {
          dMlp,
          activation,
          up: linear(`${h}.mlp.dense_h_to_4h`, d, dMlp, bias),
          down: linear(`${h}.mlp.dense_4h_to_h`, dMlp, d, bias),
        },
      };
    };

    const tokens = { tensor: `${prefix}word_embeddings.weight`, rows: vocabSize, width: d };
    return {
      family: falcon.modelType,
      dModel: d,
      vocabSize,
      contextLength: config.alibi ? config.max_position_embeddings : contextLengthOf(config, rotary),
      embedding: { tokens },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: { norm: layerNorm(`${prefix}ln_f`, d, epsilon), table: unembeddingTable(tokens, config.tie_word_embeddings) },
    };
  },
};
