/** What parts two passes, asked for step by step as an explanation is. */
import type { DifferenceCandidates, DifferenceCheck } from '../core/insight/difference-causes';
import type { EngineMethods } from '../core/protocol/engine';
import type { CallOptions, EngineCalls } from './engine-calls';

/** What `differenceExplained` takes: candidates, and a check of each in their order. */
export interface MeasuredDifference {
  readonly found: DifferenceCandidates;
  readonly checks: readonly DifferenceCheck[];
}

/**
 * Candidates for causes, each measured by putting the left side's value into the right one.
 *
 * @throws Problem as `EngineCalls.call`
 */
export async function measureDifference(
  engine: EngineCalls,
  params: EngineMethods['differenceCauses']['params'],
  options: CallOptions = {},
): Promise<MeasuredDifference> {
  const { options: _, ...sides } = params;
  const found = await engine.call('differenceCauses', params, options);
  const checks: DifferenceCheck[] = [];
  for (const { components } of found.candidates) {
    checks.push(await engine.call('checkDifference', { ...sides, components }, { ...options, onProgress: () => undefined }));
    options.onProgress?.({ message: 'Measuring causes', done: checks.length, total: found.candidates.length });
  }
  return { found, checks };
}
