/**
 * GPT-2 (Radford et al. 2019) as Hugging Face stores it: `Conv1D` weights are stored as [in, out], queries, keys and values share
 * one tensor, positions are learned, the unembedding is the token table unless the config says otherwise. Published
 * checkpoints name their tensors with or without a leading `transformer.`.
 */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { gpt2Sizes, requireMultiple } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { conv1d, layerNorm, prefixOf, unembeddingTable } from '../parts/tensors';

/** The fields that decide the arithmetic; defaults are those of the format, the sizes have none. */
const configSchema = z.object({
  ...gpt2Sizes,
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().nonnegative().default(1e-5),
  scale_attn_weights: z.boolean().default(true),
  scale_attn_by_inverse_layer_idx: z.boolean().default(false),
  tie_word_embeddings: z.boolean().default(true),
});

export const gpt2: Family = {
  modelType: 'gpt2',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { n_embd: d, n_head: nHeads } = config;
    requireMultiple('n_embd', d, 'n_head', nHeads);
    const activation = activationOf('activation_function', config.activation_function);

    const prefix = prefixOf(has, 'transformer.', ['wte.weight', 'ln_f.weight']);
    const dMlp = config.n_inner ?? 4 * d;
    const dHead = d / nHeads;
    const norm = (name: string) => layerNorm(name, d, config.layer_norm_epsilon);

    const block = (layer: number): BlockSpec => {
      const h = `${prefix}h.${layer}`;
      const scale = config.scale_attn_weights ? 1 / Math.sqrt(dHead) : 1;
      const fused = (index: number) => conv1d(`${h}.attn.c_attn`, d, d, index * d, 3 * d);
      return {
        wiring: 'sequential',
        ln1: norm(`${h}.ln_1`),
        attention: {
          nHeads,
          nKeyValueHeads: nHeads,
          dHead,
          scale: config.scale_attn_by_inverse_layer_idx ? scale / (layer + 1) : scale,
          q: fused(0),
          k: fused(1),
          v: fused(2),
          o: conv1d(`${h}.attn.c_proj`, d, d),
        },
        ln2: norm(`${h}.ln_2`),
        mlp: { dMlp, activation, up: conv1d(`${h}.mlp.c_fc`, d, dMlp), down: conv1d(`${h}.mlp.c_proj`, dMlp, d) },
      };
    };

    const tokens = { tensor: `${prefix}wte.weight`, rows: config.vocab_size, width: d };
    return {
      family: gpt2.modelType,
      dModel: d,
      vocabSize: config.vocab_size,
      contextLength: config.n_positions,
      embedding: { tokens, positions: { tensor: `${prefix}wpe.weight`, rows: config.n_positions, width: d, offset: 0 } },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: {
        norm: norm(`${prefix}ln_f`),
        table: unembeddingTable(tokens, config.tie_word_embeddings),
      },
    };
  },
};
