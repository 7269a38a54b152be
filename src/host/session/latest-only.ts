/**
 * One run at a time: the later replaces the earlier, which is cancelled silently.
 */

/** How a run ended, as its caller sees it. */
export type RunEnd = 'done' | 'cancelled' | 'superseded';

/** Runs work so that at most one piece of it is current. */
export class LatestOnly {
  #current: AbortController | undefined;

  /** Whether something is running. */
  get busy(): boolean {
    return this.#current !== undefined;
  }

  /**
   * Cancels what is running and runs `work`. Answers `superseded` as soon as a later start overtakes it and `cancelled` as
   * soon as `cancel` ends it, without waiting for `work` to notice; what `work` throws then is dropped, otherwise it is
   * passed on.
   */
  async start(work: (signal: AbortSignal) => Promise<void>): Promise<RunEnd> {
    this.#current?.abort('superseded');
    const run = new AbortController();
    this.#current = run;
    const { signal } = run;
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener(
        'abort',
        () => {
          resolve();
        },
        { once: true },
      );
    });
    try {
      await Promise.race([work(signal), aborted]);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    } finally {
      if (this.#current === run) this.#current = undefined;
    }
    if (!signal.aborted) return 'done';
    return signal.reason === 'superseded' ? 'superseded' : 'cancelled';
  }

  /** Cancels what is running, if anything. */
  cancel(): void {
    this.#current?.abort('cancelled');
    this.#current = undefined;
  }
}
