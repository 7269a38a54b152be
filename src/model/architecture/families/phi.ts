/** Phi 1, 1.5 and 2 (Li et al. 2023, arXiv 2309.05463): both branches read one norm, every layer has a bias, heads are rotated in part. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import type { Family } from '../family';
import { headSizes, llamaFields } from '../parts/llama-layout';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { contextLengthOf, rotaryOf } from '../parts/rotary-config';
import { layerNorm, linear, unembeddingTable } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  hidden_act: z.string().default('gelu_new'),
  layer_norm_eps: z.number().positive().default(1e-5),
  /** one norm for the queries of every head, one for the keys */
  qk_layernorm: z.boolean().default(false),
});

export const phi: Family = {
  modelType: 'phi',

  describe(rawConfig): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, intermediate_size: dMlp, vocab_size: vocabSize, layer_norm_eps: epsilon } = config;
    const sizes = headSizes(config);
    const { nHeads, nKeyValueHeads, dHead } = sizes;
    const rotary = rotaryOf(config, dHead, { share: 0.5 });
    const activation = activationOf('hidden_act', config.hidden_act);

    const block = (layer: number): BlockSpec => {
      const at = `model.layers.${layer}`;
      const project = (name: string, count: number) => linear(`${at}.self_attn.${name}_proj`, d, count * dHead, true);
      const headNorm = (name: string) => [layerNorm(`${at}.self_attn.${name}_layernorm`, dHead, epsilon)];
      return {
        wiring: 'parallel',
        ln1: layerNorm(`${at}.input_layernorm`, d, epsilon),
        attention: {
          ...sizes,
          scale: 1 / Math.sqrt(dHead),
          q: project('q', nHeads),
          k: project('k', nKeyValueHeads),
          v: project('v', nKeyValueHeads),
          o: linear(`${at}.self_attn.dense`, nHeads * dHead, d, true),
          ...(config.qk_layernorm && { qNorm: headNorm('q'), kNorm: headNorm('k') }),
          rotary,
        },
        mlp: { dMlp, activation, up: linear(`${at}.mlp.fc1`, d, dMlp, true), down: linear(`${at}.mlp.fc2`, dMlp, d, true) },
      };
    };

    const tokens = { tensor: 'model.embed_tokens.weight', rows: vocabSize, width: d };
    return {
      family: phi.modelType,
      dModel: d,
      vocabSize,
      contextLength: contextLengthOf(config, rotary),
      embedding: { tokens },
      blocks: Array.from({ length: config.num_hidden_layers }, (_, layer) => block(layer)),
      unembedding: {
        norm: layerNorm('model.final_layernorm', d, epsilon),
        table: unembeddingTable(tokens, config.tie_word_embeddings, 'lm_head', true),
      },
    };
  },
};
