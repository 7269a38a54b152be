/** HunYuan with experts (Hunyuan-A13B, Tencent 2025): HunYuan's attention, and in every block a mixture beside a feed-forward layer for all tokens. */
import * as z from 'zod';
import { Problem } from '../../../core/problem';
import { activationOf } from '../parts/activations';
import { expertCount, size } from '../parts/config-fields';
import { gatedExperts, mixture, stacksIn } from '../parts/experts-layout';
import type { Family } from '../family';
import { llamaLayout } from '../parts/llama-layout';
import { readConfig } from '../parts/read-config';
import { linear } from '../parts/tensors';
import { hunyuanAttention, hunyuanFields } from './hunyuan-v1-dense';

/** Of every block, or a number for each. */
const ofEach = <T extends z.ZodType<number>>(number: T) => z.union([number, z.array(number)]);

const configSchema = z.object({
  ...hunyuanFields,
  num_experts: ofEach(expertCount).default(1),
  moe_topk: ofEach(size).default(1),
  moe_intermediate_size: ofEach(size).nullish(),
  num_shared_expert: ofEach(size).nullish(),
  moe_layer_num_skipped: z.literal(0, 'dense blocks before those with experts are not supported').nullish(),
  use_cla: z.literal(false).nullish(),
});

/** What to do about a mixture that `transformers` does not compute either. */
const CHOOSE_OTHER = 'Choose another model: transformers computes no such mixture either.';

/** The one number of all blocks. @throws Problem `config-invalid` where they differ */
function common(field: string, numbers: number | readonly number[], layers: number): number {
  if (typeof numbers === 'number') return numbers;
  const [first] = numbers;
  if (first !== undefined && numbers.length >= layers && numbers.every((each) => each === first)) return first;
  throw new Problem(
    'config-invalid',
    `config.json: ${field} differs between blocks, or has too few entries for ${layers} blocks; VISIT opens mixtures that are alike.`,
    CHOOSE_OTHER,
  );
}

export const hunyuanMoe: Family = {
  modelType: 'hunyuan_v1_moe',
  classes: ['HunYuanMoEV1'],

  describe(rawConfig, has) {
    const config = readConfig(configSchema, rawConfig);
    const { hidden_size: d, intermediate_size: dMlp, num_hidden_layers: layers } = config;
    const [count, chosen] = [common('num_experts', config.num_experts, layers), common('moe_topk', config.moe_topk, layers)];
    const width = common('moe_intermediate_size', config.moe_intermediate_size ?? dMlp, layers);
    const shared = common('num_shared_expert', config.num_shared_expert ?? 1, layers);
    if (width !== dMlp || shared !== 1) {
      throw new Problem(
        'config-invalid',
        `config.json: experts of ${width} neurons beside ${shared} shared of ${dMlp} are not supported: all must be as wide as intermediate_size, and one shared.`,
        CHOOSE_OTHER,
      );
    }
    const activation = activationOf('hidden_act', config.hidden_act);
    return llamaLayout(hunyuanMoe.modelType, config, has, {
      ...hunyuanAttention(config),
      feedForward: (_, name) => {
        const module = `${name}.mlp.experts`;
        const own = (e: number) => ({ gate: `${module}.${e}.gate_proj`, up: `${module}.${e}.up_proj`, down: `${module}.${e}.down_proj` });
        const experts = gatedExperts({ d, dMlp, count, activation, own, stacks: stacksIn(module) }, has);
        const router = { layer: linear(`${name}.mlp.gate.wg`, d, count, false), chosen, weighting: 'renormalised' } as const;
        const ofAll = (matrix: string, inputs: number, outputs: number) =>
          linear(`${name}.mlp.shared_mlp.${matrix}`, inputs, outputs, false);
        return mixture(experts, router, {
          mlp: { dMlp, activation, gate: ofAll('gate_proj', d, dMlp), up: ofAll('up_proj', d, dMlp), down: ofAll('down_proj', dMlp, d) },
        });
      },
    });
  },
};
