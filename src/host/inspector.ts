/**
 * The truth behind the inspector: which prompt is shown, what was chosen to be seen of it, what is running. Knows neither
 * the editor nor the page, only the ports through which it is told and tells.
 */
import type { FlowGraph, ModelInfo } from '../core/graph/flow-graph';
import { Problem } from '../core/problem';
import type { EngineMethods, ModelRef } from '../core/protocol/engine';
import type { HostMessage, ShownProblem, ViewRequest } from '../core/protocol/inspector';
import type { Progress } from '../core/protocol/rpc';
import { offsetOfLastTokens } from '../core/text/last-tokens';
import { withActions } from './problem-actions';
import type { ActionId } from './problem-actions';
import type { Prompt } from './prompt';
import { LatestRun } from './runs';
import type { RunEnd } from './runs';
import { forNextModel, forNextPrompt, graphOptions, settledRequest, withChange } from './view-choice';
import type { ViewChoice, ViewDefaults } from './view-choice';

/** A prompt and what was chosen to be seen of it: enough to make the graph again. */
export interface Subject {
  readonly prompt: Prompt;
  readonly choice: ViewChoice;
}

/** A graph, and what it is the graph of. */
export interface Shown extends Subject {
  readonly graph: FlowGraph;
}

/** What the inspector needs of the engine. Rejects with a `Problem`. */
export interface EngineCalls {
  call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void },
  ): Promise<EngineMethods[K]['result']>;
}

/** What the inspector is connected to. */
export interface InspectorPorts {
  readonly engine: EngineCalls;
  /** The model to run. Throws a `Problem` where none can run. */
  readonly model: () => ModelRef;
  /** Settings for a document, named by its address. */
  readonly defaults: (uri: string) => ViewDefaults;
  /** Gives a message to the page; false when there is no page that the user could see it on. */
  readonly post: (message: HostMessage) => boolean;
  /** Shows a problem outside the page. */
  readonly notify: (problem: ShownProblem) => void;
  /** A model has been loaded. */
  readonly modelLoaded: (model: ModelInfo) => void;
  /** A graph is shown: remember what it is of. */
  readonly shown: (shown: Shown) => void;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** See the head of this file. */
export class Inspector {
  readonly #ports: InspectorPorts;
  readonly #runs = new LatestRun();
  #model: ModelInfo | undefined;
  #shown: Shown | undefined;
  /** What was last tried; differs from what is shown while a run is under way and after one that failed. */
  #tried: Subject | undefined;
  #progress: Progress | undefined;
  #problem: ShownProblem | undefined;

  constructor(ports: InspectorPorts) {
    this.#ports = ports;
  }

  /** The graph that is shown, and what it is of. */
  get shown(): Shown | undefined {
    return this.#shown;
  }

  /** Whether a run is under way. */
  get busy(): boolean {
    return this.#runs.busy;
  }

  /** The problem that is shown. */
  get problem(): ShownProblem | undefined {
    return this.#problem;
  }

  /** Runs a prompt. Resolves when the graph or a problem is shown; never rejects. */
  visualize(prompt: Prompt, onProgress?: (progress: Progress) => void): Promise<RunEnd> {
    return this.#run({ prompt, choice: forNextPrompt(this.#base?.choice ?? {}) }, onProgress);
  }

  /** Shows again what an earlier window showed. */
  restore(subject: Subject): Promise<RunEnd> {
    return this.#run(subject);
  }

  /** Another view of the prompt that is shown, or that is just being run. */
  async change(change: Partial<ViewRequest>): Promise<void> {
    const base = this.#base;
    if (base) await this.#run({ prompt: base.prompt, choice: withChange(base.choice, change) });
  }

  /** Another model is to be used: the prompt is run on it. */
  async modelChanged(): Promise<void> {
    this.#model = undefined;
    const subject = this.#tried ?? this.#shown;
    if (subject) await this.#run({ prompt: subject.prompt, choice: forNextModel(subject.choice) });
  }

  /** Does what an action of a problem promises, where it is the inspector's to do. */
  async act(id: Extract<ActionId, 'runAgain' | 'useLastTokens'>): Promise<void> {
    const subject = this.#tried;
    if (!subject) return;
    if (id === 'runAgain') await this.#run(subject);
    else await this.#runLastTokens(subject);
  }

  /** Cancels the run under way; the graph that is shown is current again. */
  cancel(): void {
    this.#runs.cancel();
  }

  /** What the next change is a change of: what is being run, else what is shown, else what failed. */
  get #base(): Subject | undefined {
    return this.#runs.busy ? this.#tried : this.#shown ?? this.#tried;
  }

  /** Everything that a page without memory needs to show the present state. */
  replay(): HostMessage[] {
    const messages: HostMessage[] = [];
    if (this.#shown) messages.push(graphMessage(this.#shown));
    else messages.push({ type: 'welcome', model: this.#model ?? null });
    if (this.#progress) messages.push({ type: 'working', progress: this.#progress });
    if (this.#problem) messages.push({ type: 'problem', problem: this.#problem });
    return messages;
  }

  #run(subject: Subject, onProgress?: (progress: Progress) => void): Promise<RunEnd> {
    return this.#guarded(subject, async (signal) => {
      const report = (progress: Progress): void => {
        if (signal.aborted) return;
        this.#progress = progress;
        this.#ports.post({ type: 'working', progress });
        onProgress?.(progress);
      };
      const begun = performance.now();
      report({ message: this.#model ? 'Running the model' : 'Loading the model', done: 0 });
      const model = this.#ports.model();
      const options = { signal, onProgress: report };
      const info = await this.#ports.engine.call('load', { model }, options);
      if (signal.aborted) return;
      this.#model = info;
      this.#ports.modelLoaded(info);

      const defaults = this.#ports.defaults(subject.prompt.origin.uri);
      const graph = await this.#ports.engine.call('graph', {
        model,
        prompt: { text: subject.prompt.text },
        options: graphOptions(subject.choice, defaults, info),
      }, options);
      if (signal.aborted) return;
      this.#show({ ...subject, graph });
      this.#ports.log.info(
        `${info.name}: ${graph.tokens.length} tokens, layers ${graph.layers.join(' ')}, ${graph.nodes.length} nodes in ${Math.round(performance.now() - begun)} ms`,
      );
    });
  }

  /** Cuts a prompt that is too long to the last tokens that the context holds, and runs those. */
  async #runLastTokens(subject: Subject): Promise<void> {
    let shortened: Prompt | undefined;
    await this.#guarded(subject, async (signal) => {
      const { text, origin } = subject.prompt;
      const model = this.#ports.model();
      const offset = await offsetOfLastTokens(text, (part) => this.#ports.engine.call('tokenize', { model, text: part }, { signal }));
      if (!signal.aborted) shortened = { text: text.slice(offset), origin: { ...origin, start: origin.start + offset } };
    });
    if (shortened) await this.#run({ prompt: shortened, choice: forNextPrompt(subject.choice) });
  }

  /** Runs work as the current run and shows how it ends, unless a later run has taken over. */
  async #guarded(subject: Subject, work: (signal: AbortSignal) => Promise<void>): Promise<RunEnd> {
    this.#tried = subject;
    this.#problem = undefined;
    let end: RunEnd;
    try {
      end = await this.#runs.start(async (signal) => {
        try {
          await work(signal);
        } catch (thrown) {
          if (signal.aborted) return;
          await this.#fail(subject, Problem.from(thrown), signal);
        }
      });
    } catch (thrown) {
      // What explains a problem may itself meet one, such as an engine that died meanwhile.
      this.#showProblem(withActions(Problem.from(thrown)), thrown);
      return 'done';
    }
    if (end === 'cancelled') {
      this.#progress = undefined;
      this.#tried = this.#shown ?? subject;
      this.#ports.post(this.#shown ? { type: 'idle' } : { type: 'welcome', model: this.#model ?? null });
      this.#ports.log.info('Cancelled.');
    }
    return end;
  }

  async #fail(subject: Subject, problem: Problem, signal: AbortSignal): Promise<void> {
    const { engine, model } = this.#ports;
    if (problem.code === 'not-one-token' && subject.choice.target !== undefined) {
      const text = subject.choice.target;
      const match = await engine.call('findToken', { model: model(), text }, { signal });
      if (signal.aborted) return;
      if (match.kind === 'many') {
        this.#progress = undefined;
        this.#ports.post({ type: 'targetProblem', text, pieces: match.pieces, near: match.near });
        return;
      }
    }
    const context = this.#model?.contextLength;
    this.#showProblem(withActions(problem, context === undefined ? {} : { useLastTokens: `Use Its Last ${context} Tokens` }), problem);
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    this.#tried = shown;
    this.#progress = undefined;
    this.#problem = undefined;
    this.#ports.post(graphMessage(shown));
    this.#ports.shown(shown);
  }

  #showProblem(problem: ShownProblem, thrown: unknown): void {
    this.#progress = undefined;
    this.#problem = problem;
    const detail = problem.code === 'internal' && thrown instanceof Error && thrown.stack ? `\n${thrown.stack}` : '';
    this.#ports.log.error(`${problem.code}: ${problem.message}${detail}`);
    const seen = this.#ports.post({ type: 'problem', problem });
    // Shortening a prompt is a decision to be made now, wherever the user is looking.
    if (!seen || problem.code === 'prompt-too-long') this.#ports.notify(problem);
  }
}

function graphMessage({ prompt, choice, graph }: Shown): HostMessage {
  return { type: 'graph', graph, request: settledRequest(graph, choice), origin: { name: prompt.origin.name } };
}
