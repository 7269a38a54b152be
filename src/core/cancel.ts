/** How everything that can be cancelled says that it was. */
import type { CancelSignal } from './call-context';
import { Problem } from './problem';

/**
 * The problem of a call whose caller no longer wants the answer.
 *
 * @param what was cancelled, as the beginning of a sentence
 */
export function cancelled(what = 'The computation', options?: ErrorOptions): Problem {
  return new Problem('cancelled', `${what} was cancelled.`, undefined, options);
}

/**
 * Ends a step whose caller has gone.
 *
 * @param what see `cancelled`
 * @throws Problem `cancelled` when the signal has fired
 */
export function stopIfCancelled({ signal }: { readonly signal?: CancelSignal | undefined }, what?: string): void {
  if (signal?.aborted) throw cancelled(what);
}
