/** GPT-Neo (Black et al. 2021): GPT-2 whose every other layer sees a window only, and whose scores are not scaled. */
import * as z from 'zod';
import { Problem } from '../../../core/problem';
import { activationOf } from '../parts/activations';
import { COMPARE_CONFIG, layerCount, requireMultiple, size } from '../parts/config-fields';
import type { Family } from '../family';
import type { BlockSpec, ModelSpec } from '../model-spec';
import { readConfig } from '../parts/read-config';
import { layerNorm, linear, prefixOf, unembeddingTable } from '../parts/tensors';

const kindOfAttention = z.enum(['global', 'local']);

const configSchema = z.object({
  vocab_size: size,
  hidden_size: size,
  num_layers: layerCount,
  num_heads: size,
  max_position_embeddings: size,
  intermediate_size: size.nullish(),
  activation_function: z.string().default('gelu_new'),
  layer_norm_epsilon: z.number().positive().default(1e-5),
  window_size: size.default(256),
  /** runs of layers: the kinds of attention in turn, and how often */
  attention_types: z.array(z.tuple([z.array(kindOfAttention), size])).nullish(),
  /** the same, layer by layer: what counts where there are no runs */
  attention_layers: z.array(kindOfAttention).nullish(),
  tie_word_embeddings: z.boolean().default(true),
});

export const gptNeo: Family = {
  modelType: 'gpt_neo',

  describe(rawConfig, has): ModelSpec {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, num_heads: nHeads, vocab_size: vocabSize, layer_norm_epsilon: epsilon } = config;
    const kinds = config.attention_types
      ? config.attention_types.flatMap(([turn, times]) => Array.from({ length: times }, () => turn).flat())
      : (config.attention_layers ?? Array.from({ length: config.num_layers }, (_, layer) => (layer % 2 === 0 ? 'global' : 'local')));
    if (kinds.length !== config.num_layers) {
      throw new Problem(
        'config-invalid',
        `config.json: ${config.attention_types ? 'attention_types' : 'attention_layers'} describes ${kinds.length} layers, but num_layers is ${config.num_layers}.`,
        COMPARE_CONFIG,
      );
    }
    requireMultiple('hidden_size', d, 'num_heads', nHeads);
    const prefix = prefixOf(has, 'transformer.', ['wte.weight', 'ln_f.weight']);
    const dMlp = config.intermediate_size ?? 4 * d;
    const activation = activationOf('activation_function', config.activation_function);

    const block = (kind: 'global' | 'local', layer: number): BlockSpec => {
      const h = `${prefix}h.${layer}`;
      const project = (name: string, bias: boolean) => linear(`${h}.attn.attention.${name}_proj`, d, d, bias);
      return {
        wiring: 'sequential',
        ln1: layerNorm(`${h}.ln_1`, d, epsilon),
        attention: {
          nHeads,
          nKeyValueHeads: nHeads,
          dHead: d / nHeads,
          scale: 1,
          q: project('q', false),
          k: project('k', false),
          v: project('v', false),
          o: project('out', true),
          ...(kind === 'local' && { window: config.window_size }),
        },
        ln2: layerNorm(`${h}.ln_2`, d, epsilon),
        mlp: { dMlp, activation, up: linear(`${h}.mlp.c_fc`, d, dMlp, true), down: linear(`${h}.mlp.c_proj`, dMlp, d, true) },
      };
    };

    const tokens = { tensor: `${prefix}wte.weight`, rows: vocabSize, width: d };
    const positions = config.max_position_embeddings;
    return {
      family: gptNeo.modelType,
      dModel: d,
      vocabSize,
      contextLength: positions,
      embedding: { tokens, positions: { tensor: `${prefix}wpe.weight`, rows: positions, width: d, offset: 0 } },
      blocks: kinds.map(block),
      unembedding: {
        norm: layerNorm(`${prefix}ln_f`, d, epsilon),
        table: unembeddingTable(tokens, config.tie_word_embeddings),
      },
    };
  },
};
