/**
 * Looks at the prompt that is shown, asked for by the page one by one. Every answer is kept, so that changing views, or
 * coming back to a position, runs nothing again.
 */
import type { FlowGraph } from '../../core/format/flow-graph';
import { Problem, assertNever } from '../../core/problem';
import type { ModelRef, PassOptions } from '../../core/protocol/engine-options';
import { lookKey, type Look, type LookAnswer } from '../../core/protocol/insight';
import type { HostMessage } from '../../core/protocol/inspector';
import type { CallOptions, EngineCalls } from '../../engine-client/engine-calls';

/** Tokens in each list of a norm, before and after it. */
const NORM_TOKENS = 10;
/** Answers that are kept; the oldest goes first. */
const KEPT = 24;

/** The prompts of a file. */
export interface FilePrompts {
  /** the file's name, for display */
  readonly file: string;
  readonly prompts: readonly string[];
}

/** What looks need. */
export interface LookPorts {
  readonly engine: EngineCalls;
  /** Throws a `Problem` where no model can run. */
  readonly model: () => ModelRef;
  /** The graph that is shown, if it is one. */
  readonly graph: () => FlowGraph | undefined;
  /** All prompts of the file that the shown one comes from. Rejects with a `Problem` where it has none. */
  readonly filePrompts: () => Promise<FilePrompts>;
  readonly post: (message: HostMessage) => unknown;
  readonly log: { error(line: string): void };
}

/** A look under way. */
interface Run {
  readonly key: string;
  readonly abort: AbortController;
}

/** See the head of this file. */
export class Looks {
  readonly #ports: LookPorts;
  readonly #kept = new Map<string, LookAnswer>();
  /** by `lookKey`: at most one of a kind is under way */
  readonly #runs = new Map<string, Run>();

  constructor(ports: LookPorts) {
    this.#ports = ports;
  }

  /** Answers a look, or says why it cannot be answered. Never rejects. */
  async look(look: Look): Promise<void> {
    const graph = this.#ports.graph();
    if (!graph) return;
    const { post, log } = this.#ports;
    const abort = new AbortController();
    try {
      const model = this.#ports.model();
      const file = look.of === 'normSummary' ? await this.#ports.filePrompts() : undefined;
      const key = JSON.stringify([look, model.folder, file ?? [graph.prompt, graph.position, graph.target.id, graph.target.against?.id]]);
      const kept = this.#kept.get(key);
      if (kept) return void post({ type: 'looked', answer: kept });
      const running = this.#runs.get(lookKey(look));
      if (running?.key === key) return;
      running?.abort.abort();
      this.#runs.set(lookKey(look), { key, abort });

      const onProgress: NonNullable<CallOptions['onProgress']> = (progress) => {
        if (!abort.signal.aborted) post({ type: 'looking', look, progress });
      };
      const answer = await this.#ask(look, graph, model, file, { signal: abort.signal, onProgress });
      if (abort.signal.aborted) return;
      this.#keep(key, answer);
      post({ type: 'looked', answer });
    } catch (thrown) {
      if (abort.signal.aborted) return;
      const problem = Problem.from(thrown);
      log.error(`${look.of}: ${problem.code}: ${problem.message}`);
      post({ type: 'notLooked', look, problem: problem.toData() });
    } finally {
      if (this.#runs.get(lookKey(look))?.abort === abort) this.#runs.delete(lookKey(look));
    }
  }

  /** Ends a look. */
  cancel(look: Look): void {
    const run = this.#runs.get(lookKey(look));
    if (!run) return;
    this.#runs.delete(lookKey(look));
    run.abort.abort();
    this.#ports.post({ type: 'notLooked', look, problem: null });
  }

  /** Ends all looks: nobody sees their answers. */
  cancelAll(): void {
    for (const { abort } of this.#runs.values()) abort.abort();
    this.#runs.clear();
  }

  #keep(key: string, answer: LookAnswer): void {
    this.#kept.set(key, answer);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
  }

  async #ask(look: Look, graph: FlowGraph, model: ModelRef, file: FilePrompts | undefined, call: CallOptions): Promise<LookAnswer> {
    const { engine } = this.#ports;
    const prompt = { text: graph.prompt };
    const options = passOptions(graph);
    switch (look.of) {
      case 'overview':
        return { of: look.of, value: await engine.call('overview', { model, prompt, options }, call) };
      case 'norms':
        return { of: look.of, value: await engine.call('norms', { model, prompt, options: { ...options, tokens: NORM_TOKENS } }, call) };
      case 'normSummary': {
        if (!file) throw new Problem('internal', 'The summary of norms has no prompts.');
        return {
          of: look.of,
          file: file.file,
          value: await engine.call('normSummary', { model, prompts: file.prompts, tokens: NORM_TOKENS }, call),
        };
      }
      case 'headMemory': {
        const { layer, head } = look;
        return {
          of: look.of,
          value: await engine.call('headMemory', { model, prompt, options: { layer, head, position: graph.position } }, call),
        };
      }
      default:
        return assertNever(look);
    }
  }
}

/** Where and for which token the shown graph looks at its pass. */
function passOptions({ position, target }: FlowGraph): PassOptions {
  return {
    position,
    ...(target.chosen === 'user' && { target: { id: target.id } }),
    ...(target.against && { against: { id: target.against.id } }),
  };
}
