/**
 * Insights over prompts that the user chooses: runs one, keeps its answer for the model, and tells the page. Knows neither the
 * editor nor the page.
 */
import * as l10n from '@vscode/l10n';
import type { Progress } from '../../core/call-context';
import { Problem } from '../../core/problem';
import type { EngineMethods } from '../../core/protocol/engine';
import type { ModelRef } from '../../core/protocol/engine-inputs';
import { INSIGHTS, type InsightName, type InsightRequest, type InsightValue } from '../../core/protocol/insight';
import type { HostMessage } from '../../core/protocol/inspector';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { LatestOnly } from '../session/latest-only';

/** The insights over prompts that the user chooses. */
export type ChosenInsight = { [K in InsightName]: (typeof INSIGHTS)[K]['prompts'] extends 'chosen' ? K : never }[InsightName];

/** Where findings outlive a session, by the fingerprint of the model. */
export interface FindingStore<Value> {
  read(fingerprint: string): Promise<Value | null>;
  write(fingerprint: string, found: Value): Promise<void>;
}

/** What a survey needs. */
export interface SurveyPorts<Name extends ChosenInsight> {
  readonly of: Name;
  readonly engine: EngineCalls;
  /** Throws a `Problem` where no model can run. */
  readonly model: () => ModelRef;
  readonly store: FindingStore<InsightValue<Name>>;
  /** what was found, for the log */
  readonly inShort: (found: InsightValue<Name>) => string;
  readonly post: (message: HostMessage) => unknown;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** See the head of this file. */
export class ChosenSurvey<Name extends ChosenInsight> {
  readonly #ports: SurveyPorts<Name>;
  readonly #runs = new LatestOnly();
  /** of the model in use */
  #fingerprint = '';
  #found: InsightValue<Name> | null = null;
  #progress: Progress | null = null;

  constructor(ports: SurveyPorts<Name>) {
    this.#ports = ports;
  }

  /** What is known of the model in use. */
  get found(): InsightValue<Name> | null {
    return this.#found;
  }

  /** Everything that a page without memory needs to know. */
  replay(): HostMessage[] {
    return [this.#known(), ...(this.#progress ? [this.#at(this.#progress)] : [])];
  }

  /** A model is in use: where it is another than before, what is kept of it is shown. */
  async recall(fingerprint: string): Promise<void> {
    if (this.#fingerprint === fingerprint) return;
    this.#fingerprint = fingerprint;
    const found = await this.#ports.store.read(fingerprint).catch((thrown: unknown) => {
      // When the model is next in use, it is read again.
      if (this.#fingerprint === fingerprint) this.#fingerprint = '';
      throw thrown;
    });
    if (this.#fingerprint === fingerprint) this.#know(fingerprint, found);
  }

  /**
   * Runs the prompts.
   *
   * @returns what was found; undefined when it was cancelled
   * @throws Problem what the engine answers
   */
  async run(prompts: readonly string[], onProgress?: (progress: Progress) => void): Promise<InsightValue<Name> | undefined> {
    const { of, engine, store, post, log } = this.#ports;
    const begun = performance.now();
    // TypeScript cannot see that the name, its parameters and its answer belong together.
    const asked = { model: this.#ports.model(), ...INSIGHTS[of].ask({ prompts }) } as unknown as EngineMethods[Name]['params'];
    let found: InsightValue<Name> | undefined;
    const before = this.#fingerprint;
    let fingerprint = before;
    const report = (progress: Progress): void => {
      this.#progress = progress;
      post(this.#at(progress));
      onProgress?.(progress);
    };
    report({ message: l10n.t('Running the prompts'), done: 0 });
    try {
      await this.#runs.start(async (signal) => {
        const answer = await engine.call(of, asked, {
          signal,
          onModel: (opened) => {
            if (!signal.aborted) ({ fingerprint } = opened);
          },
          onProgress: (progress) => {
            if (!signal.aborted) report(progress);
          },
        });
        if (!signal.aborted) found = answer;
      });
    } catch (thrown) {
      this.#ended();
      post(this.#failed(Problem.from(thrown)));
      throw thrown;
    }
    if (found === undefined) {
      // A run that has taken over reports its own progress.
      if (this.#ended()) post(this.#failed(null));
      return undefined;
    }
    this.#ended();
    // Another lens, or another model, may have been chosen meanwhile: what was found is kept for its own.
    const isOfOther = this.#fingerprint !== before && this.#fingerprint !== fingerprint;
    if (isOfOther) post(this.#known());
    else this.#know(fingerprint, found);
    log.info(`${this.#ports.inShort(found)} in ${Math.round(performance.now() - begun)} ms`);
    await store.write(fingerprint, found).catch((thrown: unknown) => {
      log.error(`What was found (${of}) could not be stored: ${Problem.from(thrown).message}`);
    });
    return found;
  }

  /** Ends the run under way. */
  cancel(): void {
    this.#runs.cancel();
  }

  /** Whether no run is under way any more; then there is no progress to tell either. */
  #ended(): boolean {
    if (this.#runs.busy) return false;
    this.#progress = null;
    return true;
  }

  #know(fingerprint: string, found: InsightValue<Name> | null): void {
    this.#fingerprint = fingerprint;
    this.#found = found;
    this.#ports.post(this.#known());
  }

  #known(): HostMessage {
    // TypeScript cannot see that request and value belong together.
    return { type: 'insightResult', ...this.#told(), fingerprint: this.#fingerprint, value: this.#found } as HostMessage;
  }

  #at(progress: Progress): HostMessage {
    return { type: 'insightProgress', ...this.#told(), progress };
  }

  /** @param problem null: it was cancelled */
  #failed(problem: Problem | null): HostMessage {
    return { type: 'insightFailed', ...this.#told(), problem: problem?.toData() ?? null };
  }

  /** Whether the page has asked or not, it is told: other views show what was found too. */
  #told() {
    // TypeScript cannot see that these insights have no parameters.
    return { id: null, request: { of: this.#ports.of } as InsightRequest<ChosenInsight> } as const;
  }
}
