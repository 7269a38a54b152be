/** Finds a model's always-active neurons, keeps them, and tells the page. Knows neither the editor nor the page. */
import * as l10n from '@vscode/l10n';
import type { Progress } from '../../core/call-context';
import type { ActiveNeurons } from '../../core/insight/active-neurons';
import { Problem } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-options';
import { INSIGHTS } from '../../core/protocol/insight';
import type { HostMessage } from '../../core/protocol/inspector';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { LatestOnly } from '../session/latest-only';

/** Where findings outlive a session, by the fingerprint of the model. */
export interface NeuronStore {
  read(fingerprint: string): Promise<ActiveNeurons | null>;
  write(fingerprint: string, found: ActiveNeurons): Promise<void>;
}

/** What the finder needs. */
export interface FinderPorts {
  readonly engine: EngineCalls;
  /** Throws a `Problem` where no model can run. */
  readonly model: () => ModelRef;
  readonly store: NeuronStore;
  readonly post: (message: HostMessage) => unknown;
  readonly log: { info(line: string): void; error(line: string): void };
}

/** Whether the page has asked or not, it is told, for its marks of nodes are of these neurons. */
const TOLD = { id: null, request: { of: 'activeNeurons' } } as const;

/** See the head of this file. */
export class NeuronFinder {
  readonly #ports: FinderPorts;
  readonly #runs = new LatestOnly();
  /** of the model in use */
  #fingerprint = '';
  #found: ActiveNeurons | null = null;
  #progress: Progress | null = null;

  constructor(ports: FinderPorts) {
    this.#ports = ports;
  }

  /** What is known of the model in use. */
  get found(): ActiveNeurons | null {
    return this.#found;
  }

  /** Everything that a page without memory needs to know. */
  replay(): HostMessage[] {
    return [this.#known(), ...(this.#progress ? [{ type: 'insightProgress', ...TOLD, progress: this.#progress } as const] : [])];
  }

  /** A model is in use: where it is another than before, what is kept of it is shown. */
  async recall(fingerprint: string): Promise<void> {
    if (this.#fingerprint === fingerprint) return;
    this.#fingerprint = fingerprint;
    const found = await this.#ports.store.read(fingerprint);
    if (this.#fingerprint === fingerprint) this.#know(fingerprint, found);
  }

  /**
   * Runs every prompt once.
   *
   * @returns what was found; undefined when it was cancelled
   * @throws Problem what the engine answers
   */
  async find(prompts: readonly string[], onProgress?: (progress: Progress) => void): Promise<ActiveNeurons | undefined> {
    const { engine, store, post, log } = this.#ports;
    const model = this.#ports.model();
    const begun = performance.now();
    let found: ActiveNeurons | undefined;
    let fingerprint = this.#fingerprint;
    const report = (progress: Progress): void => {
      this.#progress = progress;
      post({ type: 'insightProgress', ...TOLD, progress });
      onProgress?.(progress);
    };
    report({ message: l10n.t('Running the prompts'), done: 0 });
    try {
      await this.#runs.start(async (signal) => {
        const answer = await engine.call(
          'activeNeurons',
          { model, ...INSIGHTS.activeNeurons.ask({ prompts }) },
          {
            signal,
            onModel: (opened) => {
              if (!signal.aborted) ({ fingerprint } = opened);
            },
            onProgress: (progress) => {
              if (!signal.aborted) report(progress);
            },
          },
        );
        if (!signal.aborted) found = answer;
      });
    } catch (thrown) {
      this.#ended();
      post({ type: 'insightFailed', ...TOLD, problem: Problem.from(thrown).toData() });
      throw thrown;
    }
    if (!found) {
      // A search that has taken over reports its own progress.
      if (this.#ended()) post({ type: 'insightFailed', ...TOLD, problem: null });
      return undefined;
    }
    this.#ended();
    this.#know(fingerprint, found);
    log.info(`${found.neurons.length} always-active neurons over ${found.prompts} prompts in ${Math.round(performance.now() - begun)} ms`);
    await store.write(fingerprint, found).catch((thrown: unknown) => {
      log.error(`The neurons could not be stored: ${Problem.from(thrown).message}`);
    });
    return found;
  }

  /** Ends the search under way. */
  cancel(): void {
    this.#runs.cancel();
  }

  /** Whether no search is under way any more; then there is no progress to tell either. */
  #ended(): boolean {
    if (this.#runs.busy) return false;
    this.#progress = null;
    return true;
  }

  #know(fingerprint: string, found: ActiveNeurons | null): void {
    this.#fingerprint = fingerprint;
    this.#found = found;
    this.#ports.post(this.#known());
  }

  #known(): HostMessage {
    return { type: 'insightResult', ...TOLD, fingerprint: this.#fingerprint, value: this.#found };
  }
}
