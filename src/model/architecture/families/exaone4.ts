/**
 * EXAONE 4 (LG AI Research 2025, arXiv 2507.11407): norms after each branch and none before it, queries and keys normed head by head.
 * The large model sees windows in three layers of four, and does not rotate in the fourth.
 */
import * as z from 'zod';
import { size } from '../parts/config-fields';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout, windowFields, windowOf, type LlamaVariation } from '../parts/llama-layout';
import { OLMO2_NORMS } from './olmo2';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import { rmsHeadNorms } from '../parts/tensors';

/** Fields that say which layers see windows. */
export const exaone4Windows = {
  ...windowFields,
  sliding_window: size.nullable().default(4096),
  /** every so many layers one sees everything, or a letter for each layer, over and over: L sees a window */
  sliding_window_pattern: z
    .union([z.int().nonnegative(), z.string().regex(/^[LG]+$/)])
    .nullable()
    .default(4),
};

const configSchema = z.object({ ...llamaFields, ...exaone4Windows, rms_norm_eps: z.number().positive().default(1e-5) });

/** Whether a layer of the pattern sees a window. */
function slides(pattern: number | string | null, layer: number, layers: number): boolean {
  if (!pattern) return false;
  if (typeof pattern === 'number') return (layer + 1) % pattern !== 0;
  return pattern[layer % pattern.length] === 'L' && layer < layers - 1;
}

/** Queries and keys that are normed head by head, and rotated where a window is seen. @throws Problem `config-invalid` */
export function exaone4Attention(config: z.infer<typeof configSchema>): Pick<LlamaVariation, 'rotary' | 'rotates' | 'attention'> {
  const { rms_norm_eps: epsilon, sliding_window: size, sliding_window_pattern: pattern } = config;
  const { dHead } = headSizes(config);
  const window = (layer: number) => windowOf(config, layer, () => slides(pattern, layer, config.num_hidden_layers));
  return {
    rotary: rotaryOf(config, dHead),
    rotates: (layer) => size === null || window(layer).window !== undefined,
    attention: (layer, name) => ({ ...rmsHeadNorms(name, dHead, epsilon), ...window(layer) }),
  };
}

export const exaone4: Family = {
  modelType: 'exaone4',

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    return llamaLayout(exaone4.modelType, config, has, {
      norm: config.rms_norm_eps,
      norms: OLMO2_NORMS,
      ...exaone4Attention(config),
    });
  },
};
