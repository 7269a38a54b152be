/** Phi 3 and 4 (Abdin et al. 2024, arXiv 2404.14219): Llama with one tensor for queries, keys and values, and one for gate and up rows. */
import * as z from 'zod';
import type { Family } from '../family';
import { headSizes, llamaFields, llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { rotaryOf } from '../parts/rotary-config';
import type { RotaryConfig } from '../parts/rotary-config';
import { stackedGate, stackedProjections } from '../parts/tensors';

const configSchema = z.object({
  ...llamaFields,
  rms_norm_eps: z.number().positive().default(1e-5),
  sliding_window: z.int().positive().nullish(),
});

/** Early checkpoints of the family say `yarn` and mean LongRoPE. */
function withLongRope<T extends RotaryConfig>(config: T): T {
  const { rope_scaling: scaling } = config;
  const type = scaling?.rope_type ?? scaling?.type;
  return type === 'yarn' ? { ...config, rope_scaling: { ...scaling, rope_type: 'longrope' } } : config;
}

export const phi3: Family = {
  modelType: 'phi3',

  describe(rawConfig, has) {
    const config = withLongRope(readConfig(configSchema, rawConfig));
    const { hidden_size: d, intermediate_size: dMlp, sliding_window: window } = config;
    const sizes = headSizes(config);
    return llamaLayout(phi3.modelType, config, has, {
      norm: config.rms_norm_eps,
      rotary: rotaryOf(config, sizes.dHead),
      attention: (_, name) => ({ ...stackedProjections(`${name}.qkv_proj`, d, sizes, false), ...(window && { window }) }),
      mlp: (name) => stackedGate(`${name}.gate_up_proj`, d, dMlp),
    });
  },
};
