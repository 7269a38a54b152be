/** How long tasks take, measured so that it means something on a slow or busy machine. */

/** Tasks that take turns run at least this often; only those of many seconds need to be told. */
const ROUNDS = 5;
/** A task by itself runs this often. */
const TIMES = 20;

/** How two tasks compare that took turns. */
export interface Race {
  /** median, over the rounds, of the first task's time by the second's */
  readonly ratio: number;
  /** best time of the first task, in milliseconds */
  readonly best: number;
}

/**
 * Lets two tasks take turns. Who begins a round changes, so that neither always finds the caches as the other left them.
 *
 * @param atLeast milliseconds: the smaller the difference that matters, the more rounds it takes to see it
 */
export async function race(one: () => Promise<unknown>, other: () => Promise<unknown>, atLeast = 8000): Promise<Race> {
  // The first runs make the sessions; they do not count.
  await one();
  await other();
  const ratios: number[] = [];
  let best = Infinity;
  const begin = performance.now();
  for (let round = 0; round < ROUNDS || performance.now() - begin < atLeast; round++) {
    const times = round % 2 === 0 ? [await timed(one), await timed(other)] : [await timed(other), await timed(one)].reverse();
    ratios.push(times[0] / times[1]);
    best = Math.min(best, times[0]);
  }
  ratios.sort((a, b) => a - b);
  return { ratio: ratios[ratios.length >> 1], best };
}

/** Best of many times of one task, in milliseconds. */
export async function quickest(task: () => Promise<unknown>): Promise<number> {
  await task();
  let best = Infinity;
  for (let round = 0; round < TIMES; round++) best = Math.min(best, await timed(task));
  return best;
}

/** How long a task takes, in milliseconds. */
async function timed(task: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await task();
  return performance.now() - start;
}
