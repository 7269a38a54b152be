/** GPT-NeoX Japanese (ABEJA 2022): GPT-NeoX one branch after the other, without biases but for attention's output in the last layer. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { layerCount, requireMultiple, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { contextLengthOf, rotaryFields, rotaryOf } from '../parts/rotary-config';
import { neoxBlock } from '../parts/neox-layout';
import { layerNorm, unembeddingTable } from '../parts/tensors';

const configSchema = z.object({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  intermediate_multiple_size: z.number().positive().default(4),
  hidden_act: z.string().default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
  ...rotaryFields,
  max_position_embeddings: size.default(2048),
  rotary_emb_base: z.number().positive().default(10_000),
  rotary_pct: z.number().positive().default(1),
  tie_word_embeddings: z.boolean().default(true),
});

export const gptNeoxJapanese: Family = {
  modelType: 'gpt_neox_japanese',

  describe(rawConfig): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, num_attention_heads: nHeads, vocab_size: vocabSize, layer_norm_eps: epsilon } = config;
    requireMultiple('hidden_size', d, 'num_attention_heads', nHeads);
    const sizes = { nHeads, nKeyValueHeads: nHeads, dHead: d / nHeads };
    const dMlp = Math.trunc(d * config.intermediate_multiple_size);
    const rotary = rotaryOf(config, sizes.dHead, { base: config.rotary_emb_base, share: config.rotary_pct });
    const activation = activationOf('hidden_act', config.hidden_act);

    const block = (layer: number): BlockSpec => {
      const at = `gpt_neox_japanese.layers.${layer}`;
      const isLast = layer === config.num_hidden_layers - 1;
      return neoxBlock({
        at,
        attention: 'attention',
        wiring: 'sequential',
        dModel: d,
        dMlp,
        sizes,
        epsilon,
        activation,
        rotary,
        biases: { attention: false, mlp: false },
        ...(isLast && { outBias: { tensor: `${at}.attention.dense_bias`, length: d } }),
      });
    };

    const tokens = { tensor: 'gpt_neox_japanese.embed_in.weight', rows: vocabSize, width: d };
    return {
      family: gptNeoxJapanese.modelType,
      dModel: d,
      vocabSize,
      contextLength: contextLengthOf(config, rotary),
      embedding: { tokens },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: {
        norm: layerNorm('gpt_neox_japanese.final_layer_norm', d, epsilon),
        table: unembeddingTable(tokens, config.tie_word_embeddings, 'embed_out'),
      },
    };
  },
};
