/** Persimmon 8B (Adept 2023): GPT-NeoX one branch after the other, squared ReLU, queries and keys normed head by head. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import type { Family } from '../family';
import { headSizes, llamaFields } from '../parts/llama-layout';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { contextLengthOf, rotaryOf } from '../parts/rotary-config';
import { neoxBlock } from '../parts/neox-layout';
import { layerNorm, unembeddingTable } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('relu2'),
  layer_norm_eps: z.number().positive().default(1e-5),
  qk_layernorm: z.boolean().default(true),
});

export const persimmon: Family = {
  modelType: 'persimmon',

  describe(rawConfig): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, intermediate_size: dMlp, vocab_size: vocabSize, layer_norm_eps: epsilon } = config;
    const sizes = headSizes(config);
    const rotary = rotaryOf(config, sizes.dHead, { share: 0.5 });
    const activation = activationOf('hidden_act', config.hidden_act);

    const block = (layer: number): BlockSpec => {
      const at = `model.layers.${layer}`;
      const headNorm = (name: string) => [layerNorm(`${at}.self_attn.${name}_layernorm`, sizes.dHead, epsilon)];
      return neoxBlock({
        at,
        attention: 'self_attn',
        wiring: 'sequential',
        dModel: d,
        dMlp,
        sizes,
        epsilon,
        activation,
        rotary,
        biases: { attention: true, mlp: true },
        ...(config.qk_layernorm && { headNorms: { qNorm: headNorm('q'), kNorm: headNorm('k') } }),
      });
    };

    const tokens = { tensor: 'model.embed_tokens.weight', rows: vocabSize, width: d };
    return {
      family: persimmon.modelType,
      dModel: d,
      vocabSize,
      contextLength: contextLengthOf(config, rotary),
      embedding: { tokens },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: {
        norm: layerNorm('model.final_layernorm', d, epsilon),
        table: unembeddingTable(tokens, config.tie_word_embeddings),
      },
    };
  },
};
