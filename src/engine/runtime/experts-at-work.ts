/** The experts of a mixture that a position goes to, as a block's graph tells of them. */
import type { ExpertAtWork } from '../../core/pass/block-state';
import type { MixtureSpec } from '../../model/architecture/model-spec';
import type { Results } from '../onnx/session-pool';

/**
 * @param prefix of the names of the graph's outputs
 * @returns the experts of each position, of as many as the graph went through
 */
export function expertsAtWork(
  { router: { chosen: K }, experts: [{ dMlp: count }], shared }: MixtureSpec,
  results: Results,
  prefix = '',
): (position: number) => readonly ExpertAtWork[] {
  const [ids, weights] = [results.floats(`${prefix}experts`), results.floats(`${prefix}expert_weights`)];
  const sharedWeights = shared ? results.floats(`${prefix}shared_weight`) : null;
  return (position) => [
    ...Array.from({ length: K }, (_, k): ExpertAtWork => {
      const at = position * K + k;
      return { expert: ids[at], weight: weights[at], first: k * count, count };
    }),
    ...(shared && sharedWeights
      ? [{ expert: 'shared' as const, weight: sharedWeights[position], first: K * count, count: shared.mlp.dMlp }]
      : []),
  ];
}
