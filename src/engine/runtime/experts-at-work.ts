/** The experts of a mixture that a position goes to, as a block's graph tells of them. */
import type { ExpertAtWork } from '../../core/pass/block-state';
import { expertWidth, type MixtureSpec } from '../../model/architecture/model-spec';
import type { Results } from '../onnx/session-pool';

/**
 * @param prefix of the names of the graph's outputs
 * @returns the experts of each position, of as many as the graph went through
 */
export function expertsAtWork(
  { router: { chosen: K }, experts, shared }: MixtureSpec,
  results: Results,
  prefix = '',
): (position: number) => readonly ExpertAtWork[] {
  const count = expertWidth(experts[0]);
  const biased = experts[0].down.bias ? ({ biased: true } as const) : {};
  const [ids, weights] = [results.floats(`${prefix}experts`), results.floats(`${prefix}expert_weights`)];
  const sharedWeights = shared ? results.floats(`${prefix}shared_weight`) : null;
  return (position) => [
    ...Array.from({ length: K }, (_, k): ExpertAtWork => {
      const at = position * K + k;
      return { expert: ids[at], weight: weights[at], first: k * count, count, ...biased };
    }),
    ...(shared && sharedWeights
      ? [{ expert: 'shared' as const, weight: sharedWeights[position], first: K * count, count: expertWidth(shared.mlp) }]
      : []),
  ];
}
