/** GPT-NeoX (Black et al. 2022, arXiv 2204.06745) and Pythia: heads rotated in part, both branches side by side unless told otherwise. */
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
  hidden_act: z.string().default('gelu'),
  layer_norm_eps: z.number().positive().default(1e-5),
  use_parallel_residual: z.boolean().default(true),
  attention_bias: z.boolean().default(true),
  rotary_emb_base: z.number().positive().default(10_000),
  rotary_pct: z.number().positive().default(0.25),
});

export const gptNeox: Family = {
  modelType: 'gpt_neox',

  describe(rawConfig): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, intermediate_size: dMlp, vocab_size: vocabSize, layer_norm_eps: epsilon } = config;
    const sizes = headSizes(config);
    const rotary = rotaryOf(config, sizes.dHead, { base: config.rotary_emb_base, share: config.rotary_pct });
    const activation = activationOf('hidden_act', config.hidden_act);

    const block = (layer: number): BlockSpec =>
      neoxBlock({
        at: `gpt_neox.layers.${layer}`,
        attention: 'attention',
        wiring: config.use_parallel_residual ? 'parallel' : 'sequential',
        dModel: d,
        dMlp,
        sizes,
        epsilon,
        activation,
        rotary,
        biases: { attention: config.attention_bias, mlp: true },
      });

    const tokens = { tensor: 'gpt_neox.embed_in.weight', rows: vocabSize, width: d };
    return {
      family: gptNeox.modelType,
      dModel: d,
      vocabSize,
      contextLength: contextLengthOf(config, rotary),
      embedding: { tokens },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: {
        norm: layerNorm('gpt_neox.final_layer_norm', d, epsilon),
        table: unembeddingTable(tokens, config.tie_word_embeddings, 'embed_out'),
      },
    };
  },
};
