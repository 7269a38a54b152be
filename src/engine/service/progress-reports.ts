import type { Progress } from '../../core/call-context';

/** Milliseconds between two reports of one call: more often nobody sees them, and each takes as long as a step of a small model. */
const BETWEEN = 50;

/** How long work took the last time, in milliseconds, by what it is called without its numbers. */
export type WorkTimes = Map<string, number>;

/** Work that has begun. */
interface Begun {
  readonly message: string;
  /** in milliseconds */
  readonly at: number;
}

/**
 * Passes on how far a call has come: at once where other work begins, and all else so seldom that it can be seen, of what came too soon the last.
 * What begins may be a single step of seconds, in which this process does nothing else, such as passing on what was held; but what was over
 * before it could be seen is expected to be so again.
 */
export class ProgressReports {
  private last = -Infinity;
  private held: NodeJS.Timeout | undefined;
  private begun: Begun | undefined;

  /** @param times of earlier calls about the same model; what is learnt here is put there */
  constructor(
    private readonly send: (progress: Progress) => void,
    private readonly times: WorkTimes,
  ) {}

  report(progress: Progress): void {
    clearTimeout(this.held);
    const wait = this.begins(progress) ? 0 : this.last + BETWEEN - performance.now();
    if (wait <= 0) this.pass(progress);
    else this.held = setTimeout(() => this.pass(progress), wait);
  }

  /** The call has come to its end: nothing is passed on any more. */
  end(): void {
    clearTimeout(this.held);
    this.noteTime();
  }

  /** Whether other work begins that is to be told at once. */
  private begins({ message, done }: Progress): boolean {
    if (done !== 0 || message === this.begun?.message) return false;
    this.noteTime();
    this.begun = { message, at: performance.now() };
    const isQuick = (this.times.get(workOf(message)) ?? Infinity) < BETWEEN;
    // Where it takes longer after all, that is told as if it had been told now.
    if (isQuick) this.last = this.begun.at;
    return !isQuick;
  }

  /** Notes how long the work took that is over now. */
  private noteTime(): void {
    if (this.begun !== undefined) this.times.set(workOf(this.begun.message), performance.now() - this.begun.at);
  }

  private pass(progress: Progress): void {
    this.last = performance.now();
    this.send(progress);
  }
}

const workOf = (message: string): string => message.replace(/\d+/g, '');
