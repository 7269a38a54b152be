/** An explanation, asked for step by step: no call is long, and whatever else is asked of the engine comes in between. */
import type { CauseCandidates } from '../core/insight/cause-candidates';
import { explanationOf, type Cause, type CauseCheck, type Explanation } from '../core/insight/explanation';
import type { EngineMethods } from '../core/protocol/engine';
import type { CallOptions, EngineCalls } from './engine-calls';

/** What is told of a cause as soon as it has been checked. */
export interface CheckedCause {
  /** null: it is not among the strongest so far */
  readonly cause: Cause | null;
  /** how many have been checked, of how many */
  readonly done: number;
  readonly total: number;
  readonly soFar: Explanation;
}

/**
 * The strongest causes, each checked by switching it off.
 *
 * @param onCause is told each as soon as it has been checked
 * @throws Problem as `EngineCalls.call`
 */
export async function explain(
  engine: EngineCalls,
  params: EngineMethods['causes']['params'],
  { onCause, ...options }: CallOptions & { readonly onCause?: (checked: CheckedCause) => void } = {},
): Promise<Explanation> {
  const found = await engine.call('causes', params, options);
  const checks: CauseCheck[] = [];
  for (const { components } of found.candidates) {
    const asked = { ...params, options: checkOptions(found, components) };
    checks.push(await engine.call('checkCause', asked, { ...options, onProgress: () => undefined }));
    const soFar = explanationOf(found, checks);
    const name = components.join(' ');
    const cause = soFar.causes.find((one) => one.components.join(' ') === name) ?? null;
    onCause?.({ cause, done: checks.length, total: found.candidates.length, soFar });
  }
  return explanationOf(found, checks);
}

/** The question that checks a cause: of the same token, whether it was asked for or predicted. */
function checkOptions(
  { position, target }: CauseCandidates,
  components: readonly string[],
): EngineMethods['checkCause']['params']['options'] {
  return {
    position,
    target: { id: target.id },
    ...(target.against && { against: { id: target.against.id } }),
    ...(target.measure === 'raw' && { measure: 'raw' }),
    components,
  };
}
