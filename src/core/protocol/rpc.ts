/**
 * Calls between two processes: request ids, `{ok}` or `{err}` answers, progress, cancel. The envelope only; what can be
 * called is in `engine.ts`.
 */
import type { Progress } from '../call-context';
import type { ProblemData } from '../problem';

/** Caller → callee. */
export type RpcRequest =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'cancel'; readonly id: number };

/** Callee → caller. */
export type RpcReply =
  | { readonly type: 'ok'; readonly id: number; readonly value: unknown }
  | { readonly type: 'err'; readonly id: number; readonly problem: ProblemData }
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress };
