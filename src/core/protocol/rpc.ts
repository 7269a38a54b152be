/**
 * Calls between two processes: request ids, `{ok}` or `{err}` answers, progress, cancel. The envelope only; what can be
 * called is in `engine.ts`.
 */
import type { ProblemData } from '../problem';

/** How far a call has come. `total` is absent while it is unknown. */
export interface Progress {
  /** What is being done, for a person: "block 3 of 12". */
  readonly message: string;
  readonly done: number;
  readonly total?: number;
}

/** Caller → callee. */
export type RpcRequest =
  | { readonly type: 'call'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly type: 'cancel'; readonly id: number };

/** Callee → caller. */
export type RpcReply =
  | { readonly type: 'ok'; readonly id: number; readonly value: unknown }
  | { readonly type: 'err'; readonly id: number; readonly problem: ProblemData }
  | { readonly type: 'progress'; readonly id: number; readonly progress: Progress };

/** What tells a callee that its answer is no longer wanted; an `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean;
}

/** What a callee is handed besides the parameters. */
export interface CallContext {
  /** Fires when the caller has cancelled; check it between steps. */
  readonly signal: CancelSignal;
  readonly report: (progress: Progress) => void;
}
