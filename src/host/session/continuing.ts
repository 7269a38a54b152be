/** The continuation of the prompt that is shown: one at a time, kept until another prompt is shown. */
import { Problem } from '../../core/problem';
import type { GeneratedToken, Sampling } from '../../core/format/continuation';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { HostMessage, ShownContinuation, ShownProblem } from '../../core/protocol/inspector';
import { continuation } from '../../engine-client/continue';
import type { EngineCalls } from '../../engine-client/engine-calls';
import type { LookedInto } from './input-changes';
import type { InspectorResult } from './inspector-input';
import { withActions } from './problem-actions';

/** Most likely tokens that are listed with each token. */
const LISTED = 5;

/** How the settings have it continue. */
export interface ContinueSettings {
  /** most tokens at once */
  readonly tokens: number;
  readonly sampling: Sampling | null;
}

/** What it is connected to. */
export interface ContinuingPorts {
  readonly engine: EngineCalls;
  /** The model to run. Throws a `Problem` where none can run. */
  readonly model: () => ModelRef;
  readonly settings: () => ContinueSettings;
  readonly post: (message: HostMessage) => void;
  readonly notify: (problem: ShownProblem) => void;
}

/** See the head of this file. */
export class Continuing {
  readonly #ports: ContinuingPorts;
  #current: ShownContinuation | null = null;
  #running: AbortController | null = null;
  /** with what the prompt had been continued before this began */
  #before: readonly number[] = [];

  constructor(ports: ContinuingPorts) {
    this.#ports = ports;
  }

  /** What there is of it. */
  get current(): ShownContinuation | null {
    return this.#current;
  }

  /** The message that shows it. */
  get message(): HostMessage {
    return { type: 'continuation', continuation: this.#current };
  }

  /** Something is shown: another prompt ends the continuation of the one before, and what it said is forgotten. */
  shown(result: InspectorResult): void {
    if (this.#current === null) return;
    const { prompt, tokens } = this.#current;
    const ids = result.kind === 'graph' ? result.graph.tokens.map(({ id }) => id) : [];
    const all = [...prompt, ...tokens.map(({ id }) => id)];
    if (ids.length >= prompt.length && ids.every((id, i) => id === all[i])) return;
    this.forget();
  }

  /**
   * Goes on after a graph's tokens, and after what was said before where it is of the same prompt. Resolves when it ends; never rejects.
   */
  async start(result: InspectorResult | undefined): Promise<void> {
    if (this.#running !== null || result?.kind !== 'graph') return;
    const cancel = new AbortController();
    this.#running = cancel;
    if (this.#current === null) this.#before = result.prompt.continued ?? [];
    const before = this.#current ?? { prompt: result.graph.tokens.map(({ id }) => id), tokens: [] };
    const { prompt } = before;
    let tokens: readonly GeneratedToken[] = before.tokens;
    const set = (ended: ShownContinuation['ended']): void => {
      if (this.#running === cancel) this.#set({ prompt, tokens, ended });
    };
    set(null);
    try {
      const { tokens: most, sampling } = this.#ports.settings();
      const coming = continuation(
        this.#ports.engine,
        {
          model: this.#ports.model(),
          prompt: [...prompt, ...tokens.map(({ id }) => id)],
          tokens: most,
          top: LISTED,
          sampling,
          contextLength: result.graph.model.contextLength,
        },
        { signal: cancel.signal },
      );
      for (;;) {
        const { value, done } = await coming.next();
        if (done) {
          set(cancel.signal.aborted ? 'cancelled' : value);
          break;
        }
        if (cancel.signal.aborted) continue;
        tokens = [...tokens, value];
        set(null);
      }
    } catch (thrown) {
      if (this.#running === cancel) {
        this.#set(tokens.length > 0 ? { prompt, tokens, ended: 'cancelled' } : null);
        this.#ports.notify(withActions(Problem.from(thrown)));
      }
    } finally {
      if (this.#running === cancel) this.#running = null;
    }
  }

  /** Stops it; what there is stays. */
  stop(): void {
    this.#running?.abort();
  }

  /** Another model will say something else. */
  forget(): void {
    this.stop();
    this.#running = null;
    if (this.#current !== null) this.#set(null);
  }

  /** How one of the generated tokens is looked into; undefined where there is none. @param shown what the continuation is of */
  lookedInto(index: number, shown: InspectorResult | undefined): LookedInto | undefined {
    const token = this.#current?.tokens[index];
    if (this.#current === null || token === undefined || shown?.kind !== 'graph') return undefined;
    const { prompt, tokens } = this.#current;
    return {
      tokens: [...this.#before, ...tokens.map(({ id }) => id)],
      position: prompt.length + index - 1,
      target: token.rank === 1 || token.fragment ? undefined : token.text,
    };
  }

  #set(current: ShownContinuation | null): void {
    this.#current = current;
    this.#ports.post(this.message);
  }
}
