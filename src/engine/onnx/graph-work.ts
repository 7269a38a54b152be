import type { RunGraph } from './session-pool';

/** What is done with a graph while its session is there. */
export type Work<T> = (run: RunGraph) => Promise<T>;
