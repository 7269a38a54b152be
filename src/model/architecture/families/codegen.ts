/** CodeGen (Nijkamp et al. 2022, arXiv 2203.13474): GPT-J whose queries, values and keys share a tensor in four slices, one for each core of a TPU. */
import * as z from 'zod';
import { activationOf } from '../parts/activations';
import { gpt2Sizes, requireMultiple, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import type { RotarySpec } from '../parts/rotary';
import { layerNorm, linear, unembeddingTable } from '../parts/tensors';

/** Slices of the tensor, each with the queries, values and keys of a quarter of the heads. */
const SLICES = 4;

const configSchema = z.object({
  ...gpt2Sizes,
  rotary_dim: size.multipleOf(2).default(64),
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  tie_word_embeddings: z.boolean().default(false),
});

export const codegen: Family = {
  modelType: 'codegen',

  describe(rawConfig): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { n_embd: d, n_head: nHeads, vocab_size: vocabSize, layer_norm_epsilon: epsilon } = config;
    requireMultiple('n_embd', d, 'n_head', nHeads);
    requireMultiple('n_head', nHeads, 'the number of slices', SLICES);
    const dMlp = config.n_inner ?? 4 * d;
    const activation = activationOf('activation_function', config.activation_function);
    const rotary: RotarySpec = { width: config.rotary_dim, interleaved: true, base: 10_000 };
    const run = d / SLICES;

    const block = (layer: number): BlockSpec => {
      const h = `transformer.h.${layer}`;
      const project = (place: number) =>
        linear(`${h}.attn.qkv_proj`, d, d, false, { offset: place * run, of: 3 * d, every: { run, step: 3 * run } });
      return {
        wiring: 'parallel',
        ln1: layerNorm(`${h}.ln_1`, d, epsilon),
        attention: {
          nHeads,
          nKeyValueHeads: nHeads,
          dHead: d / nHeads,
          scale: 1 / Math.sqrt(d / nHeads),
          q: project(0),
          v: project(1),
          k: project(2),
          o: linear(`${h}.attn.out_proj`, d, d, false),
          rotary,
        },
        mlp: { dMlp, activation, up: linear(`${h}.mlp.fc_in`, d, dMlp, true), down: linear(`${h}.mlp.fc_out`, dMlp, d, true) },
      };
    };

    const tokens = { tensor: 'transformer.wte.weight', rows: vocabSize, width: d };
    return {
      family: codegen.modelType,
      dModel: d,
      vocabSize,
      contextLength: config.n_positions,
      embedding: { tokens },
      blocks: Array.from({ length: config.n_layer }, (_, layer) => block(layer)),
      unembedding: {
        norm: layerNorm('transformer.ln_f', d, epsilon),
        table: unembeddingTable(tokens, config.tie_word_embeddings, 'lm_head', true),
      },
    };
  },
};
