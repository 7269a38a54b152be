/**
 * How long tests wait for what must come: multiples of what this machine took to start a workbench, so that a machine that is
 * ten times slower, or busy with something else, is given ten times as long. Nothing takes longer for it where all goes well.
 */

/** Limit of what comes before there is a measure, in milliseconds: shorter than a stage may last, so that the report says what hung. */
export const UNMEASURED_LIMIT = 15 * 60_000;

/** What a start is taken to last before one has been measured, and at the least: a quick machine may be busy later. In milliseconds. */
const QUICK_START = 4_000;

let slowest = QUICK_START;

/** Notes how long a workbench took to start, in milliseconds. The slowest counts. */
export function measuredStart(milliseconds: number): void {
  slowest = Math.max(slowest, milliseconds);
}

/** How long what must come may take until it is called broken, in milliseconds. */
export function patience(): number {
  return 20 * slowest;
}

/** How long to wait before a step that can be repeated is repeated, in milliseconds. */
export function pace(): number {
  return slowest;
}

/** Limit of a whole test, in milliseconds: never reached, unless something hangs that no step waits for. */
export function testLimit(): number {
  return 5 * patience();
}
