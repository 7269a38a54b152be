/**
 * Every reason why something may not work, as a stable word. Tests and callers compare codes, people read messages.
 */
export type ProblemCode =
  | 'empty-prompt'
  | 'prompt-too-long'
  | 'not-a-checkpoint'
  /** An adapter whose base is not on this machine, or not where it is looked for. */
  | 'base-missing'
  /** An adapter whose base was found, and is not the model that the adapter was made for. */
  | 'base-misfit'
  | 'config-invalid'
  | 'unknown-architecture'
  | 'weights-missing'
  | 'weights-truncated'
  | 'weights-invalid'
  /** A lens that was made for other weights, that is damaged, or that is not there. */
  | 'lens-invalid'
  | 'tokenizer-missing'
  | 'chat-template'
  | 'tokenizer-invalid'
  | 'token-out-of-range'
  | 'not-one-token'
  | 'against-itself'
  | 'no-such-component'
  | 'position-out-of-range'
  | 'layers-out-of-range'
  | 'head-out-of-range'
  | 'bad-request'
  | 'cancelled'
  | 'engine-died'
  | 'platform-unsupported'
  /** A device that was named is not there, does not work, or is not in the onnxruntime of this platform. */
  | 'device-unavailable'
  | 'out-of-memory'
  /** Running would need more memory than is free; this can be overridden (`ModelRef.ignoreMemory`). */
  | 'memory-low'
  | 'disk-full'
  /** Nothing answered at the Hub's address, or the connection broke off again and again. */
  | 'hub-offline'
  /** The Hub wants an access token, or refuses the one that it was given. */
  | 'hub-unauthorized'
  /** The account that the token belongs to has not been granted access to a gated repository. */
  | 'hub-gated'
  | 'hub-not-found'
  /** Any other error that the Hub answers with. */
  | 'hub-failed'
  /** A downloaded file is not the one that was published: its checksum differs. */
  | 'download-damaged'
  | 'io'
  | 'internal';

/** A problem in the form that crosses process borders. */
export interface ProblemData {
  readonly code: ProblemCode;
  /** What happened, one sentence for a person. */
  readonly message: string;
  /** What to do next, one sentence for a person; absent where nothing sensible can be advised. */
  readonly hint?: string | undefined;
}

/**
 * The only error type that is thrown on purpose. Anything else that reaches a border is a bug and becomes `internal`.
 */
export class Problem extends Error implements ProblemData {
  override readonly name = 'Problem';

  constructor(
    readonly code: ProblemCode,
    message: string,
    readonly hint?: string | undefined,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** The plain form for a message between processes. */
  toData(): ProblemData {
    return this.hint === undefined
      ? { code: this.code, message: this.message }
      : { code: this.code, message: this.message, hint: this.hint };
  }

  /** Rebuilds a problem that came from another process. */
  static fromData(data: ProblemData): Problem {
    return new Problem(data.code, data.message, data.hint);
  }

  /** Wraps whatever was thrown; an unknown error keeps its message and becomes `internal`. */
  static from(thrown: unknown): Problem {
    if (thrown instanceof Problem) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new Problem('internal', message, undefined, { cause: thrown });
  }
}

/** Marks a branch that the type checker has proved unreachable. */
export function assertNever(value: never): never {
  throw new Problem('internal', `Unexpected value: ${JSON.stringify(value)}`);
}
