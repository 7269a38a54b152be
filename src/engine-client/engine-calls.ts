/** Calling the engine, apart from the process that answers. */
import type { EngineMethods, OpenedModel } from '../core/protocol/engine';
import type { Progress } from '../core/call-context';

/**
 * Reason for which a signal cancels a call that only makes way for another. Nobody waits for it to stop: its process is not ended for its sake,
 * but may be for that of a later call which is cancelled for any other reason.
 */
export const MAKES_WAY = 'makes way';

/** What goes with a single call. */
export interface CallOptions {
  /** cancels the call, for certain: by asking, and then, but for `MAKES_WAY`, by ending the process */
  readonly signal?: AbortSignal;
  /** Is told that the engine is asked; not where the answer is already here. */
  readonly onAsked?: () => void;
  /** Is told which model answers, once it is in memory, before the answer or the problem; again if the call was restarted. */
  readonly onModel?: (model: OpenedModel) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Takes what is known of the answer so far, where the engine tells: of the answer's type, which says what may be missing. */
  readonly onPart?: (known: unknown) => void;
}

/** What the callers of the engine need of it; `EngineClient` is one, tests have their own. */
export interface EngineCalls {
  /**
   * Asks the engine.
   * @throws Problem what the engine answers; `cancelled` as soon as the signal fires; `engine-died` when the process
   *   ended before it answered
   */
  call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    options?: CallOptions,
  ): Promise<EngineMethods[K]['result']>;
}
