/** What accompanies a long call: how far it has come, and whether its answer is still wanted. */

/** How far a call has come. `total` is absent while it is unknown. */
export interface Progress {
  /** What is being done, for a person: "block 3 of 12". */
  readonly message: string;
  readonly done: number;
  readonly total?: number;
}

/** Tells a callee that its answer is no longer wanted; an `AbortSignal` is one. */
export interface CancelSignal {
  readonly aborted: boolean;
}

/** What a callee is handed besides the parameters. */
export interface CallContext {
  /** Fires when the caller has cancelled; check it between steps. */
  readonly signal: CancelSignal;
  readonly report: (progress: Progress) => void;
  /** Takes what is known of the answer so far, of the answer's own type; absent: nobody looks at it. */
  readonly part?: (known: unknown) => void;
}
