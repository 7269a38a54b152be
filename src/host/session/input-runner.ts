/**
 * Runs an input and shows how that ends: the result, a problem, or what was shown before. One run at a time: a later one replaces an earlier one.
 */
import { isDeepStrictEqual } from 'node:util';
import * as l10n from '@vscode/l10n';
import type { Progress } from '../../core/call-context';
import type { ModelInfo } from '../../core/format/flow-graph';
import { Problem } from '../../core/problem';
import type { OpenedModel } from '../../core/protocol/engine';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { HostMessage, ShownProblem } from '../../core/protocol/inspector';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { answerInput, inWords, notOneToken, withLastTokens } from './engine-answer';
import type { ModelCalls } from './model-calls';
import { inputOf, promptsOf, resultMessage, type GraphResult, type InspectorInput, type InspectorResult } from './inspector-input';
import { RestOfGraph } from './rest-of-graph';
import { LatestOnly, type RunEnd } from './latest-only';
import { isPlain } from './prompt';
import { SeenResults } from './seen-results';
import { withActions } from './problem-actions';
import type { ViewDefaults } from './view-choice';

/** What the inspector is connected to. */
export interface SessionPorts {
  readonly engine: EngineCalls;
  /** The model to run. Throws a `Problem` where none can run. */
  readonly model: () => ModelRef;
  /** Settings for a document, named by its address; for none where the prompt was typed. */
  readonly defaults: (uri: string | undefined) => ViewDefaults;
  /** Gives a message to the page; false when there is no page that the user could see it on. */
  readonly post: (message: HostMessage) => boolean;
  /** Shows a problem outside the page. */
  readonly notify: (problem: ShownProblem) => void;
  /** A model has been loaded. */
  readonly modelLoaded: (model: OpenedModel) => void;
  /** Another prompt than the shown one is run: what else is asked may wait. */
  readonly otherPrompt: () => void;
  /** Nothing is run any more. */
  readonly rests: () => void;
  /** An answer is shown: remember what it is of. */
  readonly shown: (shown: InspectorResult) => void;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** What goes with a run. */
interface RunOptions {
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** by which the page knows its result from before */
  readonly as?: string;
}

/** See the head of this file. */
export class InputRunner {
  readonly #ports: SessionPorts;
  readonly #runs = new LatestOnly();
  #model: ModelInfo | undefined;
  #shown: InspectorResult | undefined;
  /** by which the page knows it */
  #seenAs = '';
  readonly #seen = new SeenResults();
  readonly #rest: RestOfGraph;
  /** What was last tried; differs from what is shown while a run is under way and after one that failed. */
  #tried: InspectorInput | undefined;
  #progress: Progress | undefined;
  #problem: ShownProblem | undefined;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#rest = new RestOfGraph({
      engine: ports.engine,
      whole: (result) => {
        this.#completed(result);
      },
      outdated: () => void this.readAgain(),
      failed: (problem) => {
        // What a run has met is why the graph is still shown, and comes first.
        if (this.#problem === undefined) this.#showProblem(withActions(problem), problem);
      },
    });
  }

  /** What is shown. */
  get shown(): InspectorResult | undefined {
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

  /** What was last tried. */
  get tried(): InspectorInput | undefined {
    return this.#tried && inputOf(this.#tried);
  }

  /** What the next change is a change of: what is being run, else what is shown, else what failed. */
  get base(): InspectorInput | undefined {
    const base = this.#runs.busy ? this.#tried : (this.#shown ?? this.#tried);
    return base && inputOf(base);
  }

  /** The next run has to load its model. */
  forgetModel(): void {
    this.#model = undefined;
    this.#seen.forgetAnswers();
  }

  /** Everything that a page without memory needs to show the present state. */
  replay(): HostMessage[] {
    const messages: HostMessage[] = [];
    if (this.#shown) messages.push(resultMessage(this.#shown, this.#seenAs));
    else messages.push({ type: 'welcome', model: this.#model ?? null });
    if (this.#progress) messages.push({ type: 'working', progress: this.#progress });
    if (this.#problem) messages.push({ type: 'problem', problem: this.#problem });
    return messages;
  }

  /** Cancels the run under way; what is shown is current again. */
  cancel(): void {
    this.#runs.cancel();
  }

  /** Shows again what was shown under a name: as it was, or run again where it has not been kept. */
  async showAgain(id: string): Promise<void> {
    const seen = this.#seen.get(id);
    if (seen === undefined) {
      this.#ports.post({ type: 'gone', seen: id });
    } else if (seen.result === undefined) {
      await this.run(seen.input, { as: id });
    } else {
      this.#runs.cancel();
      this.#show(seen.result, id);
      this.#rest.begin(seen.result);
    }
  }

  /** What is shown, with all of it read. @throws Problem what the engine answers */
  async whole(): Promise<InspectorResult | undefined> {
    return this.#shown && this.#rest.complete(this.#shown);
  }

  /** Reads nodes of the shown graph that are looked at. Resolves when they or a problem are shown; never rejects. */
  async readNodes(ids: readonly string[]): Promise<void> {
    const [shown, seen] = [this.#shown, this.#seenAs];
    if (shown?.kind !== 'graph') return;
    try {
      this.#ports.post({ type: 'nodesRead', nodes: await this.#rest.nodes(shown, ids), seen });
    } catch (thrown) {
      // What else is shown by then has its own problems.
      const problem = Problem.from(thrown);
      if (this.#shown === shown && problem.code !== 'cancelled') this.#showProblem(withActions(problem), problem);
    }
  }

  /** Runs an input. Resolves when the result or a problem is shown; never rejects. @param as the name under which it was shown before */
  run(input: InspectorInput, { onProgress, as }: RunOptions = {}): Promise<RunEnd> {
    return this.#guarded(input, async (signal) => {
      const report = (progress: Progress): void => {
        if (signal.aborted) return;
        this.#progress = progress;
        this.#ports.post({ type: 'working', progress });
        onProgress?.(progress);
      };
      const onModel = (model: OpenedModel): void => {
        if (signal.aborted) return;
        this.#model = model.info;
        this.#ports.modelLoaded(model);
      };
      const begun = performance.now();
      // What was seen before is there at once: that work has begun would only be drawn and go.
      let isAsked = false;
      const onAsked = (): void => {
        if (!isAsked) report({ message: this.#model ? l10n.t('Running the model') : l10n.t('Loading the model'), done: 0 });
        isAsked = true;
      };
      const defaults = this.#ports.defaults(promptsOf(input).find(({ origin }) => origin)?.origin?.uri);
      const shown = await answerInput(this.#calls(), input, defaults, { signal, onAsked, onModel, onProgress: report });
      if (signal.aborted) return;
      this.#show(shown, as);
      this.#ports.log.info(`${this.#model?.name ?? 'model'}: ${inWords(shown)} in ${Math.round(performance.now() - begun)} ms`);
    });
  }

  /** Reads what is shown, or was last tried, again: through another lens. What was seen before is read again when it is come back to. */
  async readAgain(): Promise<void> {
    this.#seen.forgetAnswers();
    const { tried } = this;
    if (tried === undefined) return;
    // Another lens is not another stop on the way.
    const isShown = this.#shown !== undefined && !this.#runs.busy && this.#problem === undefined;
    await this.run(tried, isShown ? { as: this.#seenAs } : {});
  }

  /** Cuts every prompt that is too long to the last tokens that the context holds, and runs those. */
  async runLastTokens(input: InspectorInput): Promise<void> {
    let cut: InspectorInput | undefined;
    const end = await this.#guarded(input, async (signal) => {
      cut = await withLastTokens(this.#calls(), input, { signal });
    });
    if (end === 'done' && cut) await this.run(cut);
  }

  /** Runs work as the current run and shows how it ends, unless a later run has taken over. */
  async #guarded(input: InspectorInput, work: (signal: AbortSignal) => Promise<void>): Promise<RunEnd> {
    this.#tried = input;
    this.#problem = undefined;
    this.#rest.stop();
    if (!this.#isOfShown(input)) this.#ports.otherPrompt();
    let end: RunEnd;
    try {
      end = await this.#runs.start(async (signal) => {
        try {
          await work(signal);
        } catch (thrown) {
          if (!signal.aborted) await this.#fail(input, Problem.from(thrown), signal);
        }
      });
    } catch (thrown) {
      // What explains a problem may itself meet one, such as an engine that died meanwhile.
      this.#showProblem(withActions(Problem.from(thrown)), thrown);
      end = 'done';
    }
    if (end === 'cancelled') {
      this.#progress = undefined;
      this.#tried = this.#shown ?? input;
      this.#ports.post(this.#shown ? { type: 'idle' } : { type: 'welcome', model: this.#model ?? null });
      this.#ports.log.info('Cancelled.');
    }
    if (end !== 'superseded') {
      this.#rest.begin(this.#shown);
      this.#ports.rests();
    }
    return end;
  }

  /** Whether an input is of the prompts that are shown, and only looked at in another way. */
  #isOfShown(input: InspectorInput): boolean {
    return this.#shown !== undefined && isDeepStrictEqual(promptsOf(input), promptsOf(this.#shown));
  }

  async #fail(input: InspectorInput, problem: Problem, signal: AbortSignal): Promise<void> {
    const typed = problem.code === 'not-one-token' ? await notOneToken(this.#calls(), input, { signal }) : undefined;
    if (signal.aborted) return;
    if (typed) {
      this.#progress = undefined;
      this.#ports.post({ type: 'targetProblem', ...typed });
      return;
    }
    const context = this.#model?.contextLength;
    const shown = withActions(problem, context === undefined ? {} : { useLastTokens: l10n.t`Use Its Last ${context} Tokens` });
    // A conversation without its beginning is none.
    const { actions = [] } = shown;
    const possible = promptsOf(input).every(isPlain) ? actions : actions.filter(({ id }) => id !== 'useLastTokens');
    this.#showProblem({ ...shown, actions: possible }, problem);
  }

  /** @throws Problem where no model can run */
  #calls(): ModelCalls {
    return { engine: this.#ports.engine, model: this.#ports.model() };
  }

  #show(shown: InspectorResult, as?: string): void {
    if (as !== undefined) this.#seen.put(as, shown);
    this.#seenAs = as ?? this.#seen.add(shown);
    this.#shown = shown;
    this.#tried = shown;
    this.#progress = undefined;
    this.#problem = undefined;
    this.#ports.post(resultMessage(shown, this.#seenAs));
    this.#ports.shown(shown);
  }

  /** A result has been completed; another may be shown by now. */
  #completed(result: GraphResult): void {
    if (this.#shown?.kind !== 'graph' || this.#shown.asked !== result.asked) return;
    this.#shown = result;
    this.#seen.put(this.#seenAs, result);
    this.#ports.post({ type: 'graphRead', graph: result.graph, seen: this.#seenAs });
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
