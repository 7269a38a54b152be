/** Turns of this process's event loop: for how long, of processor time, it served nobody else. */
import { setTimeout as wait } from 'node:timers/promises';

/** Milliseconds in which what was begun comes to an end. */
const AFTER = 30;

/** What some work took. */
export interface Turns {
  /** milliseconds by the clock until it was done */
  readonly took: number;
  /** milliseconds of processor time of the longest turn, those of V8's helpers included */
  readonly longest: number;
}

/** Does something, and takes the time of every turn until it is done and a little longer. */
export async function turnsOf(work: () => Promise<unknown>): Promise<Turns> {
  let longest = 0;
  let running = true;
  let before = process.cpuUsage();
  const lap = (): void => {
    const { user, system } = process.cpuUsage(before);
    longest = Math.max(longest, (user + system) / 1e3);
    before = process.cpuUsage();
    if (running) setImmediate(lap);
  };
  setImmediate(lap);
  const begin = performance.now();
  await work();
  const took = performance.now() - begin;
  await wait(AFTER);
  running = false;
  return { took, longest };
}
