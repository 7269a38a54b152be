/**
 * Gemma 3 (Gemma Team 2025, arXiv 2503.19786), text only: Gemma 2 without the cap on scores, with normed queries and keys.
 * Layers with a window rotate at a base of their own, and every sixth sees everything.
 */
import * as z from 'zod';
import type { Family } from '../family';
import { gemmaNorm } from './gemma';
import { gemma2Fields, GEMMA2_NORMS } from './gemma2';
import { headSizes, llamaLayout, windowOf } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { layeredRotaryOf, layeredRotaryParameters } from '../parts/rotary-config';

const GLOBAL_BASE = 1_000_000;
const LOCAL_BASE = 10_000;

const configSchema = z.object({
  ...gemma2Fields,
  sliding_window: z.int().positive().nullable().default(4096),
  sliding_window_pattern: z.int().positive().default(6),
  rope_local_base_freq: z.number().positive().nullish(),
  rope_parameters: layeredRotaryParameters.nullish(),
});

export const gemma3: Family = {
  modelType: 'gemma3_text',

  describe(rawConfig, has) {
    const { rope_parameters: parameters, ...parsed } = readConfig(configSchema, rawConfig);
    const config = { ...parsed, hidden_act: parsed.hidden_activation };
    const { dHead } = headSizes(config);
    const { full, sliding } = layeredRotaryOf({ ...config, rope_parameters: parameters }, dHead, {
      full: config.rope_theta ?? GLOBAL_BASE,
      sliding: config.rope_local_base_freq ?? LOCAL_BASE,
    });
    const headNorm = (name: string) => [gemmaNorm(name, dHead, config.rms_norm_eps)];
    const { final_logit_softcapping: logitCap } = config;
    return llamaLayout(gemma3.modelType, config, has, {
      norm: (name, d) => gemmaNorm(name, d, config.rms_norm_eps),
      norms: GEMMA2_NORMS,
      rotary: full,
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (layer, name) => {
        const slides = config.layer_types
          ? config.layer_types[layer] === 'sliding_attention'
          : (layer + 1) % config.sliding_window_pattern !== 0;
        return {
          scale: 1 / Math.sqrt(config.query_pre_attn_scalar),
          qNorm: headNorm(`${name}.q_norm`),
          kNorm: headNorm(`${name}.k_norm`),
          rotary: slides ? sliding : full,
          ...windowOf(config, layer, () => slides),
        };
      },
      embeddingScale: Math.sqrt(config.hidden_size),
      unembedding: logitCap ? { softCap: logitCap } : {},
    });
  },
};
