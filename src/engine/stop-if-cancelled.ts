import { Problem } from '../core/problem';
import type { CallContext } from '../core/protocol/rpc';

/** @throws Problem `cancelled` when the caller no longer wants an answer */
export function stopIfCancelled({ signal }: CallContext): void {
  if (signal.aborted) throw new Problem('cancelled', 'The computation was cancelled.');
}
