/** BioGPT (Luo et al. 2022, arXiv 2210.10341): fairseq's decoder with scaled embeddings and learned positions from the third row on. */
import * as z from 'zod';
import { fairseqDecoder } from '../parts/fairseq-layout';
import { layerCount, size } from '../parts/config-fields';
import type { Family } from '../family';
import { readConfig } from '../parts/read-config';
import { unembeddingTable } from '../parts/tensors';

/** Rows of the position table before that of the first position. */
const OFFSET = 2;

const configSchema = z.object({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: layerCount,
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size.default(1024),
  hidden_act: z.string().default('gelu'),
  scale_embedding: z.boolean().default(true),
  tie_word_embeddings: z.boolean().default(true),
});

export const biogpt: Family = {
  modelType: 'biogpt',

  describe(rawConfig) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, max_position_embeddings: positions } = config;
    return fairseqDecoder(biogpt.modelType, {
      prefix: 'biogpt.',
      vocabSize: config.vocab_size,
      contextLength: positions,
      dModel: d,
      dMlp: config.intermediate_size,
      layers: config.num_hidden_layers,
      nHeads: config.num_attention_heads,
      activation: ['hidden_act', config.hidden_act],
      embeddingScale: config.scale_embedding ? Math.sqrt(d) : undefined,
      positions: { tensor: 'biogpt.embed_positions.weight', rows: positions + OFFSET, width: d, offset: OFFSET },
      table: (tokens) => unembeddingTable(tokens, config.tie_word_embeddings, 'output_projection'),
    });
  },
};
