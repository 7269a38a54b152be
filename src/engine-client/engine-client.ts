import { cancelled, stopIfCancelled } from '../core/cancel';
import { Problem } from '../core/problem';
import type { EngineMethods, OpenedModel } from '../core/protocol/engine';
import type { Progress } from '../core/call-context';
import { MAKES_WAY, type CallOptions, type EngineCalls } from './engine-calls';
import { EngineProcess, type PendingCall } from './engine-process';

/** How an engine is held. */
export interface EngineClientOptions {
  /** path of the built `engine.js` */
  readonly entry: string;
  /** gets every line that the process prints, and what happens to the process */
  readonly log?: (line: string) => void;
  /** the Node binary to run it with; absent: the one that runs this code */
  readonly execPath?: string;
  /** milliseconds that a call may take to stop, when it is cancelled or the engine closed, before its process is ended; default 1500 */
  readonly cancelGrace?: number;
}

/** So many times as long as another may a call take to stop that makes way: what it is at may be a long step. */
const PATIENCE = 10;

/**
 * The engine as its callers see it. The process is forked at the first call and again after it ended for whatever
 * reason; calls are served in order.
 */
export class EngineClient implements EngineCalls {
  private readonly log: (line: string) => void;
  private readonly cancelGrace: number;
  private process: EngineProcess | null = null;
  /** until when each call may take to stop whose caller has gone, by the clock of `performance` */
  private readonly stopping = new Map<number, number>();
  private nextId = 1;
  private disposed = false;

  constructor(private readonly options: EngineClientOptions) {
    this.log = options.log ?? (() => undefined);
    this.cancelGrace = options.cancelGrace ?? 1500;
  }

  /** Process id of the running engine; absent while none runs. */
  get pid(): number | undefined {
    return this.process?.alive ? this.process.pid : undefined;
  }

  /** How many calls have been asked and not answered. */
  get pending(): number {
    return this.process?.calls.size ?? 0;
  }

  /**
   * Asks the engine.
   * @throws Problem what the engine answers; `cancelled` as soon as the signal fires; `engine-died` when the process
   *   ended before it answered
   */
  async call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    { signal, onAsked, onModel, onProgress, onPart }: CallOptions = {},
  ): Promise<EngineMethods[K]['result']> {
    if (this.disposed) throw new Problem('cancelled', 'The engine has been closed.');
    stopIfCancelled({ signal });
    onAsked?.();
    const id = this.nextId++;
    let onAbort: (() => void) | undefined;
    try {
      const result = await new Promise<unknown>((resolve, reject) => {
        const opened = (model: OpenedModel): void => {
          if (!signal?.aborted) onModel?.(model);
        };
        const progress = (step: Progress): void => {
          if (!signal?.aborted) onProgress?.(step);
        };
        const part =
          onPart &&
          ((known: unknown): void => {
            if (!signal?.aborted) onPart(known);
          });
        onAbort = () => {
          reject(cancelled());
          this.cancel(id, signal?.reason === MAKES_WAY);
        };
        this.start().call({ id, method, params, opened, progress, ...(part && { part }), resolve, reject });
        signal?.addEventListener('abort', onAbort, { once: true });
      });
      return result as EngineMethods[K]['result'];
    } finally {
      if (onAbort) signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the process. Calls without an answer fail with `cancelled`, and so does every later one. */
  dispose(): void {
    this.disposed = true;
    const ended = this.process;
    this.process = null;
    ended?.close(this.cancelGrace);
    for (const call of ended?.calls.values() ?? []) call.reject(new Problem('cancelled', 'The engine has been closed.'));
  }

  private start(): EngineProcess {
    if (this.process?.alive) return this.process;
    const started = new EngineProcess({ ...this.options, log: this.log }, (reason) => {
      this.log(reason.message);
      if (this.process === started) this.process = null;
      for (const call of started.calls.values()) call.reject(reason);
    });
    this.log(`engine process ${started.pid ?? '?'} started`);
    this.process = started;
    return started;
  }

  /** Asks the process to stop a call whose caller has gone, and sees to it that it does. */
  private cancel(id: number, makesWay: boolean): void {
    const asked = this.process;
    if (!asked?.calls.has(id)) return;
    asked.cancel(id);
    this.stopping.set(id, performance.now() + this.cancelGrace * (makesWay ? PATIENCE : 1));
    const check = (): void => {
      if (asked !== this.process || !asked.calls.has(id)) {
        this.stopping.delete(id);
        return;
      }
      const until = this.stopping.get(asked.oldest ?? id);
      // Where it waits for a call that is still wanted, its turn, or its answer, will come.
      if (!makesWay && until !== undefined && until <= performance.now()) this.replace(asked);
      else setTimeout(check, this.cancelGrace).unref();
    };
    setTimeout(check, this.cancelGrace).unref();
  }

  /** Ends a process that does not stop, and gives the calls that are still wanted to a new one. */
  private replace(stuck: EngineProcess): void {
    this.log(`engine process ${stuck.pid ?? '?'} did not stop within ${this.cancelGrace} ms and was ended`);
    stuck.kill();
    this.process = null;
    const waiting: PendingCall[] = [...stuck.calls.values()].filter(({ id }) => !this.stopping.has(id));
    this.stopping.clear();
    for (const call of waiting) {
      try {
        this.start().call(call);
      } catch (error) {
        call.reject(Problem.from(error));
      }
    }
  }
}
