/** How long tasks take, measured so that it means something on a slow or busy machine. */

/** Tasks that take turns run at least this often; only those of many seconds need to be told. */
const ROUNDS = 5;
/** A task by itself runs this often. */
const TIMES = 20;

/** How two tasks compare that took turns. */
export interface Race {
  /** median, over the rounds, of the first task's time by the second's */
  readonly ratio: number;
  /** the same of the processor time that they took, on all cores: what others do on the machine hardly changes it */
  readonly work: number;
  /** best time of the first task, in milliseconds */
  readonly best: number;
}

/** What one run of a task took, in milliseconds. */
interface Taken {
  readonly time: number;
  readonly work: number;
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
  const [ratios, works]: [number[], number[]] = [[], []];
  let best = Infinity;
  const begin = performance.now();
  for (let round = 0; round < ROUNDS || performance.now() - begin < atLeast; round++) {
    const [first, second] = round % 2 === 0 ? [await taken(one), await taken(other)] : [await taken(other), await taken(one)].reverse();
    ratios.push(first.time / second.time);
    works.push(first.work / second.work);
    best = Math.min(best, first.time);
  }
  return { ratio: median(ratios), work: median(works), best };
}

/** The middle one of some numbers; not a number where there are none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/** Best of many times of one task, in milliseconds. */
export async function quickest(task: () => Promise<unknown>): Promise<number> {
  await task();
  let best = Infinity;
  for (let round = 0; round < TIMES; round++) best = Math.min(best, (await taken(task)).time);
  return best;
}

async function taken(task: () => Promise<unknown>): Promise<Taken> {
  const start = performance.now();
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return { time: performance.now() - start, work: (user + system) / 1000 };
}
