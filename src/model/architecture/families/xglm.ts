/** XGLM (Lin et al. 2021, arXiv 2112.10668): fairseq's decoder with scaled embeddings and positions that are computed. */
import * as z from 'zod';
import { fairseqDecoder } from '../parts/fairseq-layout';
import { layerCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { readConfig } from '../parts/read-config';
import { unembeddingTable } from '../parts/tensors';

/** The first position is the third row of the table that is computed; the padding token's row, which is 0, must come before. */
const OFFSET = 2;

const configSchema = z.object({
  vocab_size: size,
  d_model: size.multipleOf(2),
  num_layers: layerCount,
  attention_heads: size,
  ffn_dim: size,
  max_position_embeddings: size.default(2048),
  activation_function: z.string().default('gelu'),
  scale_embedding: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
  pad_token_id: z
    .int()
    .max(OFFSET - 1)
    .nullish(),
});

export const xglm: Family = {
  modelType: 'xglm',

  describe(rawConfig) {
    const config = readConfig(configSchema, rawConfig);
    const { d_model: d } = config;
    return fairseqDecoder(xglm.modelType, {
      prefix: 'model.',
      vocabSize: config.vocab_size,
      contextLength: config.max_position_embeddings,
      dModel: d,
      dMlp: config.ffn_dim,
      layers: config.num_layers,
      nHeads: config.attention_heads,
      activation: ['activation_function', config.activation_function],
      embeddingScale: config.scale_embedding ? Math.sqrt(d) : undefined,
      positions: { width: d, offset: OFFSET, base: 10_000 },
      table: (tokens) => unembeddingTable(tokens, config.tie_word_embeddings),
    });
  },
};
