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
import { rotaryFrom, rotaryParameters } from '../parts/rotary-config';

const GLOBAL_BASE = 1_000_000;
const LOCAL_BASE = 10_000;

const configSchema = z.object({
  ...gemma2Fields,
  sliding_window: z.int().positive().nullable().default(4096),
  sliding_window_pattern: z.int().positive().default(6),
  rope_local_base_freq: z.number().positive().nullish(),
  rope_parameters: z.object({ full_attention: rotaryParameters.nullish(), sliding_attention: rotaryParameters.nullish() }).nullish(),
});

export const gemma3: Family = {
  modelType: 'gemma3_text',

  describe(rawConfig, has) {
    const { rope_parameters: parameters, ...parsed } = readConfig(configSchema, rawConfig);
    const config = { ...parsed, hidden_act: parsed.hidden_activation };
    const { dHead } = headSizes(config);
    const globally = parameters?.full_attention ?? config.rope_scaling ?? {};
    const locally = parameters?.sliding_attention ?? {};
    const global = rotaryFrom(globally, config, { width: dHead, base: globally.rope_theta ?? config.rope_theta ?? GLOBAL_BASE });
    const local = rotaryFrom(locally, config, { width: dHead, base: locally.rope_theta ?? config.rope_local_base_freq ?? LOCAL_BASE });
    const headNorm = (name: string) => [gemmaNorm(name, dHead, config.rms_norm_eps)];
    const { final_logit_softcapping: logitCap } = config;
    return llamaLayout(gemma3.modelType, config, has, {
      norm: (name, d) => gemmaNorm(name, d, config.rms_norm_eps),
      norms: GEMMA2_NORMS,
      rotary: global,
      biases: { qkv: config.attention_bias, o: config.attention_bias },
      attention: (layer, name) => {
        const slides = config.layer_types
          ? config.layer_types[layer] === 'sliding_attention'
          : (layer + 1) % config.sliding_window_pattern !== 0;
        return {
          scale: 1 / Math.sqrt(config.query_pre_attn_scalar),
          qNorm: headNorm(`${name}.q_norm`),
          kNorm: headNorm(`${name}.k_norm`),
          rotary: slides ? local : global,
          ...windowOf(config, layer, () => slides),
        };
      },
      embeddingScale: Math.sqrt(config.hidden_size),
      unembedding: logitCap ? { softCap: logitCap } : {},
    });
  },
};
