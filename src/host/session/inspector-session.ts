/**
 * The state of the inspector: which prompt is shown, what was chosen to be seen of it, what is running. Knows neither
 * the editor nor the page, only the ports through which it is told and tells.
 */
import type { Side } from '../../core/format/comparison';
import type { ModelInfo } from '../../core/format/flow-graph';
import type { Intervention } from '../../core/format/intervention';
import { isWhatIf } from '../../core/present/side-words';
import { Problem } from '../../core/problem';
import type { OpenedModel } from '../../core/protocol/engine';
import type { ModelRef } from '../../core/protocol/engine-options';
import type { CompareRequest, HostMessage, ShownProblem, ViewRequest } from '../../core/protocol/inspector';
import type { Progress } from '../../core/call-context';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { comparisonOf } from './compare-choice';
import { answerInput, inWords, notOneToken, withLastTokens, type ModelCalls } from './engine-answer';
import {
  choiceOf,
  comparedWith,
  sideAlone,
  withComparisonView,
  withIntervention,
  withoutIntervention,
  withSidesSwapped,
  withView,
} from './input-changes';
import { inputForNextModel, inputOf, promptsOf, resultMessage, type InspectorInput, type InspectorResult } from './inspector-input';
import { LatestOnly, type RunEnd } from './latest-only';
import { withActions, type ActionId } from './problem-actions';
import type { Prompt } from './prompt';
import { forNextPrompt, layersOf, type ViewChoice, type ViewDefaults } from './view-choice';

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
  /** An answer is shown: remember what it is of. */
  readonly shown: (shown: InspectorResult) => void;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** See the head of this file. */
export class InspectorSession {
  readonly #ports: SessionPorts;
  readonly #runs = new LatestOnly();
  #model: ModelInfo | undefined;
  #shown: InspectorResult | undefined;
  /** What was last tried; differs from what is shown while a run is under way and after one that failed. */
  #tried: InspectorInput | undefined;
  #progress: Progress | undefined;
  #problem: ShownProblem | undefined;
  /** The user is typing the prompt that the shown one is to be compared with. */
  #asking = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
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

  /** Runs a prompt. Resolves when the graph or a problem is shown; never rejects. */
  visualize(prompt: Prompt, onProgress?: (progress: Progress) => void): Promise<RunEnd> {
    return this.#run({ kind: 'graph', prompt, choice: forNextPrompt(this.#lastChoice) }, onProgress);
  }

  /** Compares two prompts. Resolves when the comparison or a problem is shown; never rejects. */
  compare(left: Prompt, right: Prompt, onProgress?: (progress: Progress) => void): Promise<RunEnd> {
    return this.#run({ kind: 'comparison', left, right, choice: comparisonOf(forNextPrompt(this.#lastChoice)) }, onProgress);
  }

  /** Lists what several prompts are continued with. Resolves when the list or a problem is shown; never rejects. */
  predict(prompts: readonly Prompt[], onProgress?: (progress: Progress) => void): Promise<RunEnd> {
    return this.#run({ kind: 'predictions', prompts: [...prompts] }, onProgress);
  }

  /** Shows again what an earlier window showed. */
  restore(input: InspectorInput): Promise<RunEnd> {
    return this.#run(input);
  }

  /** Another view of the prompt that is shown, or that is just being run. */
  change(change: Partial<ViewRequest>): Promise<void> {
    return this.#runIfAny(withView(this.#base, change));
  }

  /** Another view of the comparison that is shown, or that is just being run. */
  changeComparison(change: Partial<CompareRequest>): Promise<void> {
    return this.#runIfAny(withComparisonView(this.#base, change));
  }

  /** Lets the user type, in the page, the prompt that the shown one is compared with. */
  askOther(): void {
    this.#asking = true;
    this.#ports.post({ type: 'askOther' });
  }

  /** Compares the prompt that is shown, or the left one of two, with a typed one. */
  compareWith(text: string): Promise<void> {
    return this.#runIfAny(comparedWith(this.#base, text));
  }

  /** Changes the sides of a comparison over. */
  swap(): Promise<void> {
    return this.#runIfAny(withSidesSwapped(this.#base));
  }

  /**
   * Changes one component of the model while it runs, besides those that are changed already: of a graph the same prompt is
   * compared before and after, of a comparison the right side is changed.
   */
  intervene(intervention: Intervention): Promise<void> {
    const layers = this.#shown?.kind === 'graph' ? layersOf(this.#shown.graph) : undefined;
    return this.#runIfAny(withIntervention(this.#base, intervention, layers));
  }

  /**
   * Takes back what is changed of a component, or of all (null). When nothing is changed any more, what was before and after is
   * a graph again.
   */
  takeBack(component: string | null): Promise<void> {
    const wasWhatIf = this.#shown?.kind === 'comparison' && isWhatIf(this.#shown.comparison);
    return this.#runIfAny(withoutIntervention(this.#base, component, wasWhatIf));
  }

  /** Ends a comparison with the graph of one of its sides. */
  single(side: Side): Promise<void> {
    return this.#runIfAny(sideAlone(this.#base, side));
  }

  /** Compares two prompts of the table of predictions, named by their rows. */
  async compareRows(left: number, right: number): Promise<void> {
    const [one, other] = [this.#rows[left], this.#rows[right]];
    if (one && other) await this.compare(one, other);
  }

  /** Shows the graph of one prompt of the table of predictions. */
  async openRow(row: number): Promise<void> {
    const prompt = this.#rows[row];
    if (prompt) await this.visualize(prompt);
  }

  /** Another model is to be used: what is shown is run on it. */
  async modelChanged(): Promise<void> {
    this.#model = undefined;
    const input = this.#tried ?? this.#shown;
    if (input) await this.#run(inputForNextModel(inputOf(input)));
  }

  /** Makes what is shown anew, for the model's files have changed. */
  async refresh(): Promise<void> {
    if (this.#shown && !this.#runs.busy) await this.#run(inputOf(this.#shown));
  }

  /** Does what an action of a problem promises, where it is the inspector's to do. */
  async act(id: Extract<ActionId, 'runAgain' | 'useLastTokens'>): Promise<void> {
    const input = this.#tried;
    if (!input) return;
    if (id === 'runAgain') await this.#run(input);
    else await this.#runLastTokens(input);
  }

  /** Cancels the run under way; the graph that is shown is current again. */
  cancel(): void {
    this.#runs.cancel();
  }

  /** What the next change is a change of: what is being run, else what is shown, else what failed. */
  get #base(): InspectorInput | undefined {
    const base = this.#runs.busy ? this.#tried : (this.#shown ?? this.#tried);
    return base && inputOf(base);
  }

  /** What was chosen last, wherever it was. */
  get #lastChoice(): ViewChoice {
    return choiceOf(this.#base);
  }

  /** Prompts of the table that is shown. */
  get #rows(): readonly Prompt[] {
    return this.#shown?.kind === 'predictions' ? this.#shown.prompts : [];
  }

  /** Everything that a page without memory needs to show the present state. */
  replay(): HostMessage[] {
    const messages: HostMessage[] = [];
    if (this.#shown) messages.push(resultMessage(this.#shown));
    else messages.push({ type: 'welcome', model: this.#model ?? null });
    if (this.#progress) messages.push({ type: 'working', progress: this.#progress });
    if (this.#problem) messages.push({ type: 'problem', problem: this.#problem });
    if (this.#asking) messages.push({ type: 'askOther' });
    return messages;
  }

  async #runIfAny(input: InspectorInput | undefined): Promise<void> {
    if (input) await this.#run(input);
  }

  #run(input: InspectorInput, onProgress?: (progress: Progress) => void): Promise<RunEnd> {
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
      report({ message: this.#model ? 'Running the model' : 'Loading the model', done: 0 });
      const defaults = this.#ports.defaults(promptsOf(input).find(({ origin }) => origin)?.origin?.uri);
      const shown = await answerInput(this.#calls(), input, defaults, { signal, onModel, onProgress: report });
      if (signal.aborted) return;
      this.#show(shown);
      this.#ports.log.info(`${this.#model?.name ?? 'model'}: ${inWords(shown)} in ${Math.round(performance.now() - begun)} ms`);
    });
  }

  /** Cuts every prompt that is too long to the last tokens that the context holds, and runs those. */
  async #runLastTokens(input: InspectorInput): Promise<void> {
    let cut: InspectorInput | undefined;
    const end = await this.#guarded(input, async (signal) => {
      cut = await withLastTokens(this.#calls(), input, { signal });
    });
    if (end === 'done' && cut) await this.#run(cut);
  }

  /** Runs work as the current run and shows how it ends, unless a later run has taken over. */
  async #guarded(input: InspectorInput, work: (signal: AbortSignal) => Promise<void>): Promise<RunEnd> {
    this.#tried = input;
    this.#problem = undefined;
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
      return 'done';
    }
    if (end === 'cancelled') {
      this.#progress = undefined;
      this.#tried = this.#shown ?? input;
      this.#ports.post(this.#shown ? { type: 'idle' } : { type: 'welcome', model: this.#model ?? null });
      this.#ports.log.info('Cancelled.');
    }
    return end;
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
    this.#showProblem(withActions(problem, context === undefined ? {} : { useLastTokens: `Use Its Last ${context} Tokens` }), problem);
  }

  /** @throws Problem where no model can run */
  #calls(): ModelCalls {
    return { engine: this.#ports.engine, model: this.#ports.model() };
  }

  #show(shown: InspectorResult): void {
    this.#shown = shown;
    this.#tried = shown;
    this.#asking = false;
    this.#progress = undefined;
    this.#problem = undefined;
    this.#ports.post(resultMessage(shown));
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
