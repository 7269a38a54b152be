/**
 * The state of the inspector: which prompt is shown, and what becomes of it when the user wishes to see something else.
 * Knows neither the editor nor the page, only the ports through which it is told and tells.
 */
import type { Progress } from '../../core/call-context';
import type { Side } from '../../core/format/comparison';
import type { Intervention } from '../../core/format/intervention';
import { isWhatIf } from '../../core/present/side-words';
import type { BaselineInput } from '../../core/protocol/engine-inputs';
import type { HostMessage, ShownContinuation, ShownProblem } from '../../core/protocol/inspector';
import type { CompareRequest, ViewRequest } from '../../core/protocol/view-request';
import { comparisonOf } from './compare-choice';
import {
  choiceOf,
  comparedWith,
  sideAlone,
  plainly,
  withComparisonView,
  withContinuation,
  withIntervention,
  withoutIntervention,
  withSidesSwapped,
  withView,
} from './input-changes';
import { Continuing, type ContinueSettings } from './continuing';
import { InputRunner, type SessionPorts as RunnerPorts } from './input-runner';
import { inputForNextModel, inputOf, promptsOf, type InspectorInput, type InspectorResult } from './inspector-input';
import type { RunEnd } from './latest-only';
import type { ActionId } from './problem-actions';
import type { Prompt } from './prompt';
import { forNextPrompt, layersOf, type ViewChoice } from './view-choice';

/** What the inspector is connected to. */
export interface SessionPorts extends RunnerPorts {
  /** How the settings have a prompt continued. */
  readonly continueSettings: () => ContinueSettings;
}

/** See the head of this file. */
export class InspectorSession {
  readonly #ports: SessionPorts;
  readonly #runner: InputRunner;
  readonly #continuing: Continuing;
  /** The user is typing the prompt that the shown one is to be compared with. */
  #asking = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#runner = new InputRunner({
      ...ports,
      shown: (shown) => {
        this.#asking = false;
        this.#continuing.shown(shown);
        ports.shown(shown);
      },
    });
    this.#continuing = new Continuing({ ...ports, settings: ports.continueSettings, post: (message) => void ports.post(message) });
  }

  /** What is shown. */
  get shown(): InspectorResult | undefined {
    return this.#runner.shown;
  }

  /** Whether a run is under way. */
  get busy(): boolean {
    return this.#runner.busy;
  }

  /** The problem that is shown. */
  get problem(): ShownProblem | undefined {
    return this.#runner.problem;
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

  /** What is shown, with all of it read. @throws Problem what the engine answers */
  whole(): Promise<InspectorResult | undefined> {
    return this.#runner.whole();
  }

  /** Reads nodes of the shown graph that are looked at. Resolves when they or a problem are shown; never rejects. */
  readNodes(ids: readonly string[]): Promise<void> {
    return this.#runner.readNodes(ids);
  }

  /** Shows again what this window has shown before, by the name that the page was given for it. */
  showAgain(id: string): Promise<void> {
    return this.#runner.showAgain(id);
  }

  /** Shows again what an earlier window, or an earlier run, showed. */
  restore(input: InspectorInput): Promise<RunEnd> {
    return this.#run(input);
  }

  /** Another view of the prompt that is shown, or that is just being run. @param visit its counts last until other layers or another prompt are shown */
  change(change: Partial<ViewRequest>, visit = false): Promise<void> {
    return this.#runIfAny(withView(this.#runner.base, change, visit));
  }

  /** Another view of the comparison that is shown, or that is just being run. */
  changeComparison(change: Partial<CompareRequest>): Promise<void> {
    return this.#runIfAny(withComparisonView(this.#runner.base, change));
  }

  /** Lets the user type, in the page, the prompt that the shown one is compared with. */
  askOther(): void {
    this.#asking = true;
    this.#ports.post({ type: 'askOther' });
  }

  /** Compares the prompt that is shown, or the left one of two, with a typed one. */
  compareWith(text: string): Promise<void> {
    return this.#runIfAny(comparedWith(this.#runner.base, text));
  }

  /** What the model continues the prompt that is shown with. */
  get continuation(): ShownContinuation | null {
    return this.#continuing.current;
  }

  /** Has the model continue the prompt that is shown. Resolves when it has come to an end; never rejects. */
  continue(): Promise<void> {
    return this.#continuing.start(this.shown);
  }

  /** Stops that; what there is stays. */
  stopContinuing(): void {
    this.#continuing.stop();
  }

  /** Shows the pass of prompt and continuation where it predicts one of the generated tokens. */
  openGenerated(index: number): Promise<void> {
    const wanted = this.#continuing.lookedInto(index, this.shown);
    return this.#runIfAny(wanted && withContinuation(this.#runner.base, wanted));
  }

  /** Shows a conversation as the plain text that was selected, or a prompt without its continuation. */
  showPlain(): Promise<void> {
    return this.#runIfAny(plainly(this.#runner.base));
  }

  /** Changes the sides of a comparison over. */
  swap(): Promise<void> {
    return this.#runIfAny(withSidesSwapped(this.#runner.base));
  }

  /**
   * Changes one component of the model while it runs, besides those that are changed already: of a graph the same prompt is
   * compared before and after, of a comparison the right side is changed.
   */
  intervene(intervention: Intervention): Promise<void> {
    const layers = this.shown?.kind === 'graph' ? layersOf(this.shown.graph) : undefined;
    return this.#runIfAny(withIntervention(this.#runner.base, intervention, layers));
  }

  /**
   * Takes back what is changed of a component, or of all (null). When nothing is changed any more, what was before and after is
   * a graph again.
   */
  takeBack(component: string | null): Promise<void> {
    const wasWhatIf = this.shown?.kind === 'comparison' && isWhatIf(this.shown.comparison);
    return this.#runIfAny(withoutIntervention(this.#runner.base, component, wasWhatIf));
  }

  /** Shows effects, of a graph or of a comparison, against something else. */
  against(baseline: BaselineInput): Promise<void> {
    const { base } = this.#runner;
    return this.#runIfAny(base?.kind === 'comparison' ? withComparisonView(base, { baseline }) : withView(base, { baseline }));
  }

  /** The prompt that is shown, of two the right one, and the address of its file. */
  get prompt(): { readonly text: string; readonly uri: string | undefined } | undefined {
    const prompt = this.shown && promptsOf(this.shown).at(-1);
    return prompt && { text: prompt.text, uri: prompt.origin?.uri };
  }

  /** Ends a comparison with the graph of one of its sides. */
  single(side: Side): Promise<void> {
    return this.#runIfAny(sideAlone(this.#runner.base, side));
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
    this.#continuing.forget();
    this.#runner.forgetModel();
    const { tried } = this.#runner;
    if (tried) await this.#run(inputForNextModel(tried));
  }

  /** Everything is to be read through another lens: what is shown is read again. */
  async lensChanged(): Promise<void> {
    await this.#runner.readAgain();
  }

  /** Runs what is shown again, because the model's files have changed. */
  async refresh(): Promise<void> {
    if (this.shown && !this.busy) await this.#run(inputOf(this.shown));
  }

  /** Does what an action of a problem promises, where it is the inspector's to do. */
  async act(id: Extract<ActionId, 'runAgain' | 'useLastTokens'>): Promise<void> {
    const { tried } = this.#runner;
    if (!tried) return;
    if (id === 'runAgain') await this.#run(tried);
    else await this.#runner.runLastTokens(tried);
  }

  /** Cancels the run under way; the graph that is shown is current again. */
  cancel(): void {
    this.#runner.cancel();
  }

  /** What was chosen last, wherever it was. */
  get #lastChoice(): ViewChoice {
    return choiceOf(this.#runner.base);
  }

  /** Prompts of the table that is shown. */
  get #rows(): readonly Prompt[] {
    return this.shown?.kind === 'predictions' ? this.shown.prompts : [];
  }

  /** Everything that a page without memory needs to show the present state. */
  replay(): HostMessage[] {
    const continued = this.continuation ? [this.#continuing.message] : [];
    return [...this.#runner.replay(), ...continued, ...(this.#asking ? [{ type: 'askOther' } as const] : [])];
  }

  async #runIfAny(input: InspectorInput | undefined): Promise<void> {
    if (input) await this.#run(input);
  }

  #run(input: InspectorInput, onProgress?: (progress: Progress) => void): Promise<RunEnd> {
    return this.#runner.run(input, { onProgress });
  }
}
