/** What parts two passes, asked for step by step as an explanation is. */
import { differenceExplained, type DifferenceCheck, type DifferenceExplanation } from '../core/insight/difference-causes';
import type { EngineMethods } from '../core/protocol/engine';
import type { CallOptions, EngineCalls } from './engine-calls';

/**
 * The strongest causes, each measured by putting the left side's value into the right one.
 *
 * @throws Problem as `EngineCalls.call`
 */
export async function explainDifference(
  engine: EngineCalls,
  params: EngineMethods['differenceCauses']['params'],
  options: CallOptions = {},
): Promise<DifferenceExplanation> {
  const { options: _, ...sides } = params;
  const found = await engine.call('differenceCauses', params, options);
  const checks: DifferenceCheck[] = [];
  for (const { components } of found.candidates) {
    checks.push(await engine.call('checkDifference', { ...sides, components }, { ...options, onProgress: () => undefined }));
    options.onProgress?.({ message: 'Measuring causes', done: checks.length, total: found.candidates.length });
  }
  return differenceExplained(found, checks);
}
