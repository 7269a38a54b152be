/**
 * OPT (Zhang et al. 2022, arXiv 2205.01068), Galactica among them: the table of positions starts at its third row. The 350m
 * model is the odd one: a token table narrower than the stream, norms on the stream itself, and none at the end.
 */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { layerCount, requireMultiple, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec, NormSpec } from '../model-spec';
import { fairseqBlock } from '../parts/fairseq-layout';
import { readConfig } from '../parts/read-config';
import { layerNorm, linear, unembeddingTable } from '../parts/tensors';

/** Rows of the position table before that of the first position. */
const OFFSET = 2;

const EPSILON = 1e-5;

const configSchema = z.object({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  ffn_dim: size,
  max_position_embeddings: size,
  word_embed_proj_dim: size.nullish(),
  do_layer_norm_before: z.boolean().default(true),
  _remove_final_layer_norm: z.boolean().default(false),
  activation_function: z.string().default('relu'),
  enable_bias: z.boolean().default(true),
  layer_norm_elementwise_affine: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
});

export const opt: Family = {
  modelType: 'opt',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, num_attention_heads: nHeads, vocab_size: vocabSize, ffn_dim: dMlp, enable_bias: bias } = config;
    requireMultiple('hidden_size', d, 'num_attention_heads', nHeads);
    const prefix = has('model.decoder.embed_tokens.weight') ? 'model.decoder.' : 'decoder.';
    const before = config.do_layer_norm_before;
    const activation = activationOf('activation_function', config.activation_function);
    const norm = (name: string): NormSpec =>
      config.layer_norm_elementwise_affine ? layerNorm(name, d, EPSILON) : { kind: 'layer', width: d, epsilon: EPSILON };

    const wiring = before ? 'sequential' : 'post-norm';
    const block = (layer: number): BlockSpec =>
      fairseqBlock({ at: `${prefix}layers.${layer}`, wiring, dModel: d, dMlp, nHeads, activation, bias, norm });

    const tableWidth = config.word_embed_proj_dim ?? d;
    const narrow = tableWidth !== d;
    const tokens = { tensor: `${prefix}embed_tokens.weight`, rows: vocabSize, width: tableWidth };
    const positions = {
      tensor: `${prefix}embed_positions.weight`,
      rows: config.max_position_embeddings + OFFSET,
      width: d,
      offset: OFFSET,
    };
    return {
      family: opt.modelType,
      dModel: d,
      vocabSize,
      contextLength: config.max_position_embeddings,
      embedding: { tokens, positions, ...(narrow && { projection: linear(`${prefix}project_in`, tableWidth, d, false) }) },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: {
        ...(before && !config._remove_final_layer_norm && { norm: norm(`${prefix}final_layer_norm`) }),
        ...(narrow && { projection: linear(`${prefix}project_out`, d, tableWidth, false) }),
        table: unembeddingTable(tokens, config.tie_word_embeddings),
      },
    };
  },
};
