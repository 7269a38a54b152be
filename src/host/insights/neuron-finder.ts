/** Finds a model's always-active neurons, keeps them, and tells the page. Knows neither the editor nor the page. */
import type { ActiveNeurons } from '../../core/insight/active-neurons';
import { Problem } from '../../core/problem';
import type { ModelRef } from '../../core/protocol/engine-options';
import type { HostMessage } from '../../core/protocol/inspector';
import type { Progress } from '../../core/call-context';
import type { EngineCalls } from '../../engine-client/engine-calls';
import { LatestOnly } from '../session/latest-only';

/** Where findings outlive a session. */
export interface NeuronStore {
  read(modelFolder: string): Promise<ActiveNeurons | null>;
  write(modelFolder: string, found: ActiveNeurons): Promise<void>;
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

/** See the head of this file. */
export class NeuronFinder {
  readonly #ports: FinderPorts;
  readonly #runs = new LatestOnly();
  #known: { readonly folder: string; readonly found: ActiveNeurons | null } | undefined;
  #progress: Progress | null = null;

  constructor(ports: FinderPorts) {
    this.#ports = ports;
  }

  /** What is known of the model in use. */
  get found(): ActiveNeurons | null {
    return this.#known?.found ?? null;
  }

  /** Everything that a page without memory needs to know. */
  replay(): HostMessage[] {
    return [
      { type: 'neurons', found: this.found },
      ...(this.#progress ? [{ type: 'findingNeurons', progress: this.#progress } as const] : []),
    ];
  }

  /** Another model may be in use: what is kept of it is shown. */
  async recall(): Promise<void> {
    const { folder } = this.#ports.model();
    if (this.#known?.folder === folder) return;
    const found = await this.#ports.store.read(folder);
    if (this.#ports.model().folder === folder) this.#know(folder, found);
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
    const report = (progress: Progress): void => {
      this.#progress = progress;
      post({ type: 'findingNeurons', progress });
      onProgress?.(progress);
    };
    report({ message: 'Running the prompts', done: 0 });
    try {
      await this.#runs.start(async (signal) => {
        const answer = await engine.call(
          'activeNeurons',
          { model, prompts, options: {} },
          {
            signal,
            onProgress: (progress) => {
              if (!signal.aborted) report(progress);
            },
          },
        );
        if (!signal.aborted) found = answer;
      });
    } finally {
      if (!this.#runs.busy) {
        this.#progress = null;
        post({ type: 'findingNeurons', progress: null });
      }
    }
    if (!found) return undefined;
    this.#know(model.folder, found);
    log.info(`${found.neurons.length} always-active neurons over ${found.prompts} prompts in ${Math.round(performance.now() - begun)} ms`);
    await store.write(model.folder, found).catch((thrown: unknown) => {
      log.error(`The neurons could not be stored: ${Problem.from(thrown).message}`);
    });
    return found;
  }

  /** Ends the search under way. */
  cancel(): void {
    this.#runs.cancel();
  }

  #know(folder: string, found: ActiveNeurons | null): void {
    this.#known = { folder, found };
    this.#ports.post({ type: 'neurons', found });
  }
}
