import type { Progress } from '../../core/call-context';

/** Milliseconds between two reports of one call: more often nobody sees them, and each takes as long as a step of a small model. */
const BETWEEN = 50;

/**
 * Passes on how far a call has come: the first report at once, later ones so seldom that they can be seen, and of those that came too soon the last.
 */
export class ProgressReports {
  private last = -Infinity;
  private held: NodeJS.Timeout | undefined;

  constructor(private readonly send: (progress: Progress) => void) {}

  report(progress: Progress): void {
    clearTimeout(this.held);
    const wait = this.last + BETWEEN - performance.now();
    if (wait <= 0) this.pass(progress);
    else this.held = setTimeout(() => this.pass(progress), wait);
  }

  /** The call has come to its end: nothing is passed on any more. */
  end(): void {
    clearTimeout(this.held);
  }

  private pass(progress: Progress): void {
    this.last = performance.now();
    this.send(progress);
  }
}
