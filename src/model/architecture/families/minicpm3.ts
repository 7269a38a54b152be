/** MiniCPM 3 (OpenBMB 2024): latent attention in dense blocks, with multipliers on the embedding, on what branches add, and on the logits. */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { latentAttention, latentFields, latentRotary } from '../parts/latent-attention';
import { llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';

const factor = z.number().positive();

const configSchema = z.object({
  ...llamaFields,
  ...latentFields,
  max_position_embeddings: size.default(32_768),
  rms_norm_eps: factor.default(1e-5),
  tie_word_embeddings: z.boolean().default(true),
  kv_lora_rank: size.default(256),
  q_lora_rank: size.nullable().default(768),
  qk_nope_head_dim: size.default(64),
  qk_rope_head_dim: size.default(32),
  /** absent: the model’s width by its heads */
  v_head_dim: size.nullish(),
  scale_emb: factor.default(12),
  /** what branches add is multiplied with this by the root of the number of blocks; null: with 1 */
  scale_depth: factor.nullable().default(1.4),
  /** the width for which logits are not scaled; null: this model’s */
  dim_model_base: factor.nullable().default(256),
});

export const minicpm3: Family = {
  modelType: 'minicpm3',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, num_hidden_layers: layers, scale_depth: depth, dim_model_base: base } = config;
    const latent = { ...config, v_head_dim: config.v_head_dim ?? Math.floor(d / config.num_attention_heads) };
    return llamaLayout(minicpm3.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: latentRotary(latent, { interleaved: false }),
      attention: (_, name) => latentAttention(latent, name),
      embeddingScale: config.scale_emb,
      ...(depth !== null && { block: { branchScale: depth / Math.sqrt(layers) } }),
      ...(base !== null && { unembedding: { scale: base / d } }),
    });
  },
};
