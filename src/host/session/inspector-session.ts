/**
 * The truth behind the inspector: which prompt is shown, what was chosen to be seen of it, what is running. Knows neither
 * the editor nor the page, only the ports through which it is told and tells.
 */
import type { Side } from '../../core/format/comparison';
import { isWhatIf } from '../../core/present/side-words';
import type { ModelInfo } from '../../core/format/flow-graph';
import type { Intervention } from '../../core/format/intervention';
import { Problem, assertNever } from '../../core/problem';
import type { EngineMethods, ModelRef, TokenMatch } from '../../core/protocol/engine';
import type { CompareRequest, HostMessage, ShownProblem, TargetField, ViewRequest } from '../../core/protocol/inspector';
import type { Progress } from '../../core/call-context';
import { offsetOfLastTokens } from '../../core/text/last-tokens';
import type { CompareChoice } from './compare-choice';
import { choiceOfSide, comparisonOf, comparisonOptions, sideOf, sideOptions, swapped, withCompareChange } from './compare-choice';
import { withActions } from './problem-actions';
import type { ActionId } from './problem-actions';
import type { Prompt } from './prompt';
import { LatestRun } from './latest-only';
import type { RunEnd } from './latest-only';
import { fromOffsets, promptsOf, shownMessage, subjectForNextModel, subjectOf, textsOf } from './inspector-input';
import type { Shown, Subject } from './inspector-input';
import { forNextPrompt, graphOptions, settledRequest, withChange } from './view-choice';
import type { ViewChoice, ViewDefaults } from './view-choice';

/** Tokens that the table of predictions lists for each prompt. */
const PREDICTED = 5;

/** What goes with a call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/** What the inspector needs of the engine. Rejects with a `Problem`. */
export interface EngineCalls {
  call<K extends keyof EngineMethods>(
    method: K,
    params: EngineMethods[K]['params'],
    options: CallOptions,
  ): Promise<EngineMethods[K]['result']>;
}

/** What the inspector is connected to. */
export interface InspectorPorts {
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
  readonly modelLoaded: (model: ModelInfo) => void;
  /** An answer is shown: remember what it is of. */
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
  /** The user is typing the prompt that the shown one is to be compared with. */
  #asking = false;

  constructor(ports: InspectorPorts) {
    this.#ports = ports;
  }

  /** What is shown. */
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
  restore(subject: Subject): Promise<RunEnd> {
    return this.#run(subject);
  }

  /** Another view of the prompt that is shown, or that is just being run. */
  async change(change: Partial<ViewRequest>): Promise<void> {
    const base = this.#base;
    if (base?.kind === 'graph') await this.#run({ ...base, choice: withChange(base.choice, change) });
  }

  /** Another view of the comparison that is shown, or that is just being run. */
  async changeComparison(change: Partial<CompareRequest>): Promise<void> {
    const base = this.#base;
    if (base?.kind === 'comparison') await this.#run({ ...base, choice: withCompareChange(base.choice, change) });
  }

  /** Lets the user type, in the page, the prompt that the shown one is compared with. */
  askOther(): void {
    this.#asking = true;
    this.#ports.post({ type: 'askOther' });
  }

  /** Compares the prompt that is shown, or the left one of two, with a typed one. */
  async compareWith(text: string): Promise<void> {
    const base = this.#base;
    const right: Prompt = { text };
    if (base?.kind === 'graph') {
      await this.#run({
        kind: 'comparison',
        left: base.prompt,
        right,
        choice: { ...comparisonOf(base.choice), left: sideOf(base.choice) },
      });
    } else if (base?.kind === 'comparison') {
      await this.#run({ ...base, right, choice: { ...base.choice, right: {} } });
    }
  }

  /** Changes the sides of a comparison over. */
  async swap(): Promise<void> {
    const base = this.#base;
    if (base?.kind === 'comparison') await this.#run({ ...base, left: base.right, right: base.left, choice: swapped(base.choice) });
  }

  /**
   * Changes one component of the model while it runs, besides those that are changed already: of a graph the same prompt is
   * compared before and after, of a comparison the right side is changed.
   */
  async intervene(intervention: Intervention): Promise<void> {
    const base = this.#base;
    if (base?.kind === 'graph') {
      const side = sideOf(base.choice);
      // The layers stay, so that the card from which this was asked still shows its node.
      const layers =
        base.choice.layers ?? (this.#shown?.kind === 'graph' ? settledRequest(this.#shown.graph, base.choice).layers : undefined);
      const choice = {
        ...comparisonOf({ ...base.choice, ...(layers && { layers }) }),
        left: side,
        right: side,
        targets: 'left' as const,
        interventions: [intervention],
      };
      await this.#run({ kind: 'comparison', left: base.prompt, right: base.prompt, choice });
    } else if (base?.kind === 'comparison') {
      await this.#run({
        ...base,
        choice: { ...base.choice, interventions: [...othersThan(intervention.component, base.choice), intervention] },
      });
    }
  }

  /**
   * Takes back what is changed of a component, or of all (null). When nothing is changed any more, what was before and after is
   * a graph again.
   */
  async takeBack(component: string | null): Promise<void> {
    const base = this.#base;
    if (base?.kind !== 'comparison') return;
    const interventions = component === null ? [] : othersThan(component, base.choice);
    const wasWhatIf = this.#shown?.kind === 'comparison' && isWhatIf(this.#shown.comparison) && base.left.text === base.right.text;
    if (interventions.length === 0 && wasWhatIf) return this.single('left');
    await this.#run({ ...base, choice: { ...base.choice, interventions } });
  }

  /** Ends a comparison with the graph of one of its sides. */
  async single(side: Side): Promise<void> {
    const base = this.#base;
    if (base?.kind === 'comparison') await this.#run({ kind: 'graph', prompt: base[side], choice: choiceOfSide(base.choice, side) });
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
    const subject = this.#tried ?? this.#shown;
    if (subject) await this.#run(subjectForNextModel(subjectOf(subject)));
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
    const base = this.#runs.busy ? this.#tried : (this.#shown ?? this.#tried);
    return base && subjectOf(base);
  }

  /** What was chosen last, wherever it was. */
  get #lastChoice(): ViewChoice {
    const base = this.#base;
    return base === undefined || base.kind === 'predictions' ? {} : base.kind === 'graph' ? base.choice : choiceOfSide(base.choice, 'left');
  }

  /** Prompts of the table that is shown. */
  get #rows(): readonly Prompt[] {
    return this.#shown?.kind === 'predictions' ? this.#shown.prompts : [];
  }

  /** Everything that a page without memory needs to show the present state. */
  replay(): HostMessage[] {
    const messages: HostMessage[] = [];
    if (this.#shown) messages.push(shownMessage(this.#shown));
    else messages.push({ type: 'welcome', model: this.#model ?? null });
    if (this.#progress) messages.push({ type: 'working', progress: this.#progress });
    if (this.#problem) messages.push({ type: 'problem', problem: this.#problem });
    if (this.#asking) messages.push({ type: 'askOther' });
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

      const shown = await this.#answer(subject, model, info, options);
      if (signal.aborted) return;
      this.#show(shown);
      this.#ports.log.info(`${info.name}: ${inWords(shown)} in ${Math.round(performance.now() - begun)} ms`);
    });
  }

  /** Asks the engine about a subject. */
  async #answer(subject: Subject, model: ModelRef, info: ModelInfo, options: CallOptions): Promise<Shown> {
    const { engine } = this.#ports;
    const defaults = this.#ports.defaults(promptsOf(subject).find(({ origin }) => origin)?.origin?.uri);
    switch (subject.kind) {
      case 'graph': {
        const params = { model, prompt: inputOf(subject.prompt), options: graphOptions(subject.choice, defaults, info) };
        return { ...subject, graph: await engine.call('graph', params, options) };
      }
      case 'comparison': {
        const { left, right, choice } = subject;
        const params = {
          model,
          left: { prompt: inputOf(left), options: sideOptions(choice.left) },
          right: { prompt: inputOf(right), options: sideOptions(choice.right, choice.interventions) },
          options: comparisonOptions(choice, defaults, info),
        };
        return { ...subject, comparison: await engine.call('compare', params, options) };
      }
      case 'predictions':
        return {
          ...subject,
          table: await engine.call('predict', { model, prompts: subject.prompts.map(inputOf), tokens: PREDICTED }, options),
        };
      default:
        return assertNever(subject);
    }
  }

  /** Cuts every prompt that is too long to the last tokens that the context holds, and runs those. */
  async #runLastTokens(subject: Subject): Promise<void> {
    /** where what is left of each text begins */
    const offsets = new Map<string, number>();
    const texts = textsOf(subject);
    await this.#guarded(subject, async (signal) => {
      const model = this.#ports.model();
      for (const text of texts) {
        const offset = await offsetOfLastTokens(text, (part) => this.#ports.engine.call('tokenize', { model, text: part }, { signal }));
        if (signal.aborted) return;
        offsets.set(text, offset);
      }
    });
    if (offsets.size === texts.size) await this.#run(fromOffsets(subject, (text) => offsets.get(text) ?? 0));
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
    if (problem.code === 'not-one-token') {
      for (const { text, field } of typedTokens(subject)) {
        const match = await this.#match(text, signal);
        if (signal.aborted) return;
        if (match.kind !== 'many') continue;
        this.#progress = undefined;
        this.#ports.post({ type: 'targetProblem', text, pieces: match.pieces, near: match.near, field });
        return;
      }
    }
    const context = this.#model?.contextLength;
    this.#showProblem(withActions(problem, context === undefined ? {} : { useLastTokens: `Use Its Last ${context} Tokens` }), problem);
  }

  #match(text: string, signal: AbortSignal): Promise<TokenMatch> {
    return this.#ports.engine.call('findToken', { model: this.#ports.model(), text }, { signal });
  }

  #show(shown: Shown): void {
    this.#shown = shown;
    this.#tried = shown;
    this.#asking = false;
    this.#progress = undefined;
    this.#problem = undefined;
    this.#ports.post(shownMessage(shown));
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

/** What is changed of the model besides this component. */
function othersThan(component: string, { interventions = [] }: CompareChoice): readonly Intervention[] {
  return interventions.filter((other) => other.component !== component);
}

/** The texts of a subject that must each be one token. */
function typedTokens(subject: Subject): readonly { readonly text: string; readonly field: TargetField }[] {
  const typed = (text: string | undefined, field: TargetField) => (text === undefined ? [] : [{ text, field }]);
  switch (subject.kind) {
    case 'graph':
      return (['target', 'against'] as const).flatMap((of) => typed(subject.choice[of], { of }));
    case 'comparison':
      return (['left', 'right'] as const).flatMap((side) =>
        (['target', 'against'] as const).flatMap((of) => typed(subject.choice[side][of], { side, of })),
      );
    case 'predictions':
      return [];
    default:
      return assertNever(subject);
  }
}

function inputOf({ text }: Prompt): { readonly text: string } {
  return { text };
}

/** For the log. */
function inWords(shown: Shown): string {
  switch (shown.kind) {
    case 'graph':
      return `${shown.graph.tokens.length} tokens, layers ${shown.graph.layers.join(' ')}, ${shown.graph.nodes.length} nodes`;
    case 'comparison':
      return `${shown.comparison.left.tokens.length} and ${shown.comparison.right.tokens.length} tokens, layers ${shown.comparison.left.layers.join(' ')}, ${shown.comparison.nodes.length} nodes`;
    case 'predictions':
      return `${shown.table.rows.length} prompts`;
    default:
      return assertNever(shown);
  }
}
