import { Problem } from '../../core/problem';
import { pack } from '../../core/protocol/columns/pack';
import { ENGINE_METHODS, type EngineMethods } from '../../core/protocol/engine';
import { rpcRequestSchema, type RpcReply } from '../../core/protocol/rpc';
import { exhaustedMemory } from '../memory/exhausted';
import { firstIssue } from '../../model/schema-problem';
import type { EngineHandlers } from './engine-handlers';
import { ProgressReports, type WorkTimes } from './progress-reports';

interface QueuedCall {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
  readonly parts: boolean;
  readonly abort: AbortController;
}

/** What a server does while nobody asks. */
export interface IdleWork {
  /** milliseconds without a call before it begins: one question often follows another */
  readonly after: number;
  /** One step, a short one; whether it did anything. */
  readonly step: () => Promise<boolean>;
}

/**
 * Serves calls one at a time, in the order in which they came: two models running together would only slow each other
 * down. Nothing that a call does ends the server; every call is answered exactly once.
 */
export class RpcServer {
  private readonly queue: QueuedCall[] = [];
  private running: QueuedCall | null = null;
  private busy = false;
  private pause: NodeJS.Timeout | undefined;
  /** how long work took about the model that was opened last, and its fingerprint */
  private readonly times: WorkTimes = new Map();
  private timed: string | undefined;

  constructor(
    private readonly handlers: EngineHandlers,
    private readonly send: (reply: RpcReply) => void,
    private readonly log: (line: string) => void,
    private readonly idle?: IdleWork,
  ) {}

  /** Takes a message from the caller. What is not a request is logged and dropped: it has no id to answer to. */
  receive(message: unknown): void {
    const request = rpcRequestSchema.safeParse(message);
    if (!request.success) {
      this.log(`dropped a message that is not a request: ${firstIssue(request.error)}`);
    } else if (request.data.type === 'cancel') {
      this.cancel(request.data.id);
    } else {
      const { id, method, params, parts = false } = request.data;
      this.queue.push({ id, method, params, parts, abort: new AbortController() });
      if (!this.busy) void this.drain();
    }
  }

  /** A waiting call is answered at once; the running one when it next looks at its signal. */
  private cancel(id: number): void {
    if (this.running?.id === id) {
      this.running.abort.abort();
      return;
    }
    const waiting = this.queue.findIndex((call) => call.id === id);
    if (waiting >= 0) {
      this.queue.splice(waiting, 1);
      this.send({ type: 'err', id, problem: new Problem('cancelled', 'The call was cancelled.').toData() });
    }
  }

  private async drain(): Promise<void> {
    clearTimeout(this.pause);
    this.busy = true;
    for (let call = this.queue.shift(); call; call = this.queue.shift()) {
      this.running = call;
      this.send(await this.answer(call));
    }
    this.running = null;
    this.busy = false;
    this.waitIdly(this.idle?.after ?? 0);
  }

  /** Does one step of idle work unless a call comes first; a call that comes meanwhile waits for it. */
  private waitIdly(milliseconds: number): void {
    const { idle } = this;
    if (idle === undefined) return;
    this.pause = setTimeout(() => {
      this.busy = true;
      void idle
        .step()
        .catch((error: unknown) => {
          this.log(`What would have made later answers faster failed: ${Problem.from(error).message}`);
          return false;
        })
        .then((isMore) => {
          this.busy = false;
          if (this.queue.length > 0) void this.drain();
          else if (isMore) this.waitIdly(0);
        });
    }, milliseconds);
    this.pause.unref();
  }

  private async answer({ id, method, params, parts, abort }: QueuedCall): Promise<RpcReply> {
    try {
      if (!isMethod(method)) throw new Problem('bad-request', `The engine has no method ${JSON.stringify(method)}.`);
      return { type: 'ok', id, value: pack(await this.invoke(method, params, { id, parts, signal: abort.signal })) };
    } catch (error) {
      const problem = toProblem(error);
      if (problem.code === 'internal') this.log(error instanceof Error ? (error.stack ?? error.message) : problem.message);
      return { type: 'err', id, problem: problem.toData() };
    }
  }

  private async invoke<K extends keyof EngineMethods>(
    method: K,
    params: unknown,
    { id, parts, signal }: Pick<QueuedCall, 'id' | 'parts'> & { readonly signal: AbortSignal },
  ): Promise<EngineMethods[K]['result']> {
    const checked = ENGINE_METHODS[method].params.safeParse(params);
    if (!checked.success) {
      throw new Problem('bad-request', `The request "${method}" is not valid: ${firstIssue(checked.error)}.`);
    }
    const reports = new ProgressReports((progress) => this.send({ type: 'progress', id, progress }), this.times);
    try {
      // TypeScript cannot see that schema and handler of one method belong together.
      return await this.handlers[method](checked.data as EngineMethods[K]['params'], {
        signal,
        report: (progress) => reports.report(progress),
        ...(parts && { part: (known: unknown) => this.send({ type: 'part', id, value: pack(known) }) }),
        opened: (model) => {
          if (model.fingerprint !== this.timed) this.times.clear();
          this.timed = model.fingerprint;
          this.send({ type: 'model', id, model });
        },
      });
    } finally {
      reports.end();
    }
  }
}

function isMethod(name: string): name is keyof EngineMethods {
  return Object.hasOwn(ENGINE_METHODS, name);
}

/** Names what a person can act on: running out of memory is not a bug of the program. */
function toProblem(error: unknown): Problem {
  const problem = Problem.from(error);
  return problem.code === 'internal' ? (exhaustedMemory(error) ?? problem) : problem;
}
