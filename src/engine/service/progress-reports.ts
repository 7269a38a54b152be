import type { Progress } from '../../core/call-context';

/** Milliseconds between two reports of one call: more often nobody sees them, and each takes as long as a step of a small model. */
const BETWEEN = 50;

/**
 * Passes on how far a call has come: at once where other work begins, and all else so seldom that it can be seen, of what came too soon the last.
 * What begins may be a single step of seconds, in which this process does nothing else, such as passing on what was held.
 */
export class ProgressReports {
  private last = -Infinity;
  private said = '';
  private held: NodeJS.Timeout | undefined;

  constructor(private readonly send: (progress: Progress) => void) {}

  report(progress: Progress): void {
    clearTimeout(this.held);
    const begins = progress.done === 0 && progress.message !== this.said;
    const wait = begins ? 0 : this.last + BETWEEN - performance.now();
    if (wait <= 0) this.pass(progress);
    else this.held = setTimeout(() => this.pass(progress), wait);
  }

  /** The call has come to its end: nothing is passed on any more. */
  end(): void {
    clearTimeout(this.held);
  }

  private pass(progress: Progress): void {
    this.last = performance.now();
    this.said = progress.message;
    this.send(progress);
  }
}
