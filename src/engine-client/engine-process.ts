import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { assertNever, Problem } from '../core/problem';
import type { Packed } from '../core/protocol/columns/columns';
import { unpackKnown } from '../core/protocol/columns/known';
import type { OpenedModel } from '../core/protocol/engine';
import type { Progress } from '../core/call-context';
import type { RpcReply, RpcRequest } from '../core/protocol/rpc';

/** A call that waits for its answer. */
export interface PendingCall {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly opened: (model: OpenedModel) => void;
  readonly progress: (progress: Progress) => void;
  /** absent: it is not wanted */
  readonly part?: (known: unknown) => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (problem: Problem) => void;
}

/** How to start the process. */
export interface EngineProcessOptions {
  /** path of the built `engine.js` */
  readonly entry: string;
  /** gets every line that the process prints */
  readonly log: (line: string) => void;
  /** the Node binary; absent: the one that runs this code */
  readonly execPath?: string | undefined;
}

const ENGINE_ENVIRONMENT = {
  // Inside VS Code the Node binary is Electron, which is Node only on request.
  ELECTRON_RUN_AS_NODE: '1',
  // Every session has threads of its own, and glibc would keep for each what it freed: 50 MB for each block of a model of 8 billion weights.
  MALLOC_ARENA_MAX: '1',
};

/** One life of the engine process, from its fork to its end. */
export class EngineProcess {
  /** calls without an answer, oldest first; the process works on the oldest */
  readonly calls = new Map<number, PendingCall>();
  private readonly child: ChildProcess;
  private lastError = '';
  private ended = false;

  /** @param onEnd is told once, when the process has ended by itself or could not be started */
  constructor({ entry, log, execPath }: EngineProcessOptions, onEnd: (reason: Problem) => void) {
    this.child = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Flags of the parent, such as a debugger's port, are not for the child.
      execArgv: [],
      env: { ...process.env, ...ENGINE_ENVIRONMENT },
      ...(execPath === undefined ? {} : { execPath }),
    });
    eachLine(this.child.stdout, log);
    eachLine(this.child.stderr, (line) => {
      if (/error/i.test(line)) this.lastError = line.trim();
      log(line);
    });
    const end = (reason: Problem): void => {
      if (this.ended) return;
      this.ended = true;
      onEnd(reason);
    };
    this.child.on('message', (reply) => this.receive(reply as RpcReply));
    this.child.on('error', (error) =>
      end(new Problem('engine-died', `The model process cannot be started: ${error.message}.`, RUN_AGAIN, { cause: error })),
    );
    this.child.on('close', (code, signal) => end(this.obituary(code, signal)));
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** False from the moment at which no more can be asked. */
  get alive(): boolean {
    return !this.ended && this.child.connected;
  }

  /** The call that the process works on. */
  get oldest(): number | undefined {
    return this.calls.keys().next().value;
  }

  /** @throws Problem `bad-request` when the parameters cannot be sent between processes */
  call(call: PendingCall): void {
    try {
      this.send({ type: 'call', id: call.id, method: call.method, params: call.params, ...(call.part && { parts: true }) });
    } catch (error) {
      throw new Problem('bad-request', `The request "${call.method}" cannot be sent: ${Problem.from(error).message}`, undefined, {
        cause: error,
      });
    }
    this.calls.set(call.id, call);
  }

  /** Asks the process to stop a call; it does so between two steps of its work. */
  cancel(id: number): void {
    if (this.alive) this.send({ type: 'cancel', id });
  }

  /** Ends the process at once, whatever it does; `onEnd` is not told. */
  kill(): void {
    this.ended = true;
    this.child.kill('SIGKILL');
  }

  /**
   * Lets the process end by itself after the step that it is at, so that no file is left half-written; ends it
   * when that takes longer than `grace` milliseconds. `onEnd` is not told.
   */
  close(grace: number): void {
    if (this.calls.size === 0 || !this.alive) {
      this.kill();
      return;
    }
    this.ended = true;
    this.child.disconnect();
    setTimeout(() => this.child.kill('SIGKILL'), grace).unref();
  }

  private send(request: RpcRequest): void {
    // A failed delivery means that the process is ending; `close` will answer every waiting call.
    this.child.send(request, () => undefined);
  }

  private receive(reply: RpcReply): void {
    const call = this.calls.get(reply.id);
    if (!call || this.ended) return;
    switch (reply.type) {
      case 'progress':
        return call.progress(reply.progress);
      case 'model':
        return call.opened(reply.model);
      case 'ok':
        this.calls.delete(reply.id);
        // Reading a large message was a turn of the process by itself.
        return void setImmediate(() => answer(call.resolve, reply.value, call.reject));
      case 'part':
        // What follows tells the same and more: a part that cannot be read is not missed.
        return call.part && answer(call.part, reply.value, () => undefined);
      case 'err':
        this.calls.delete(reply.id);
        return call.reject(Problem.fromData(reply.problem));
      default:
        return assertNever(reply);
    }
  }

  private obituary(code: number | null, signal: NodeJS.Signals | null): Problem {
    const how = signal === null ? `ended with exit code ${code ?? 'unknown'}` : `was ended by ${signal}`;
    const memory = signal === 'SIGKILL' || signal === 'SIGABRT' ? ' If that repeats, there may be too little memory for this model.' : '';
    return new Problem('engine-died', `The model process ${how}${this.lastError && `: ${this.lastError}`}.`, RUN_AGAIN + memory);
  }
}

const RUN_AGAIN = 'Run it again: the next run starts a new process.';

/** Hands over what was packed. */
function answer(take: (value: unknown) => void, packed: Packed<unknown>, fail: (problem: Problem) => void): void {
  let value: unknown;
  try {
    value = unpackKnown(ownBytes(packed));
  } catch (thrown) {
    return fail(Problem.from(thrown));
  }
  take(value);
}

/** Numbers in memory of their own: what comes through the channel shares it with other messages. */
function ownBytes({ bytes, ...packed }: Packed<unknown>): Packed<unknown> {
  return { ...packed, bytes: bytes.slice() };
}

function eachLine(stream: Readable | null, take: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', take);
}
