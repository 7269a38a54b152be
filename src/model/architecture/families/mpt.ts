/** MPT (MosaicML 2023): no biases anywhere, positions as biases on attention's scores. */
import * as z from 'zod';
import { alibiSlopes } from '../parts/alibi';
import { layerCount, requireMultiple, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { layerNorm, linear, prefixOf, stackedProjections, unembeddingTable } from '../parts/tensors';

/** Values other than these are of the original code alone; the reference implementation passes them over. */
const attentionSchema = z.object({
  attn_type: z.literal('multihead_attention').default('multihead_attention'),
  alibi: z.literal(true).default(true),
  alibi_bias_max: z.literal(8).default(8),
  qk_ln: z.literal(false).default(false),
  prefix_lm: z.literal(false).default(false),
  clip_qkv: z.number().positive().nullish(),
  softmax_scale: z.number().positive().nullish(),
});

const configSchema = z.object({
  vocab_size: size,
  d_model: size,
  n_layers: layerCount,
  n_heads: size,
  max_seq_len: size.default(2048),
  expansion_ratio: z.literal(4).default(4),
  no_bias: z.literal(true).default(true),
  logit_scale: z.null().optional(),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  attn_config: attentionSchema.default(attentionSchema.parse({})),
  tie_word_embeddings: z.boolean().default(true),
});

export const mpt: Family = {
  modelType: 'mpt',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { d_model: d, n_heads: nHeads, vocab_size: vocabSize, attn_config: attention } = config;
    requireMultiple('d_model', d, 'n_heads', nHeads);
    const prefix = prefixOf(has, 'transformer.', ['wte.weight', 'norm_f.weight']);
    const norm = (name: string) => layerNorm(name, d, config.layer_norm_epsilon, false);
    const dMlp = config.expansion_ratio * d;
    const sizes = { nHeads, nKeyValueHeads: nHeads, dHead: d / nHeads };
    const alibi = { slopes: alibiSlopes(nHeads) };

    const block = (layer: number): BlockSpec => {
      const at = `${prefix}blocks.${layer}`;
      return {
        wiring: 'sequential',
        ln1: norm(`${at}.norm_1`),
        attention: {
          ...sizes,
          scale: attention.softmax_scale ?? 1 / Math.sqrt(sizes.dHead),
          ...stackedProjections(`${at}.attn.Wqkv`, d, sizes, false),
          o: linear(`${at}.attn.out_proj`, d, d, false),
          ...(attention.clip_qkv && { clip: attention.clip_qkv }),
          alibi,
        },
        ln2: norm(`${at}.norm_2`),
        mlp: {
          dMlp,
          activation: 'gelu',
          up: linear(`${at}.ffn.up_proj`, d, dMlp, false),
          down: linear(`${at}.ffn.down_proj`, dMlp, d, false),
        },
      };
    };

    const tokens = { tensor: `${prefix}wte.weight`, rows: vocabSize, width: d };
    return {
      family: mpt.modelType,
      dModel: d,
      vocabSize,
      contextLength: config.max_seq_len,
      embedding: { tokens },
      blocks: Array.from({ length: config.n_layers }, (_, layer) => block(layer)),
      unembedding: { norm: norm(`${prefix}norm_f`), table: unembeddingTable(tokens, config.tie_word_embeddings) },
    };
  },
};
