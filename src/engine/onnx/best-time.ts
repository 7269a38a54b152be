/** Runs of a trial: the first one compiles, or makes the session; the best of the others counts. */
const RUNS = 4;

/** Milliseconds that a trial takes at best, once it has been run before. */
export async function bestTime(run: () => Promise<unknown>): Promise<number> {
  let best = Infinity;
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now();
    await run();
    if (i > 0) best = Math.min(best, performance.now() - start);
  }
  return best;
}

/** Numbers for a trial to work on, between −0.5 and 0.5. */
export const trialValues = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
