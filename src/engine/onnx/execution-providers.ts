/** What runs the graphs: the execution providers of onnxruntime that are used here. */
import type { InferenceSession } from 'onnxruntime-node';

/** What a provider is told of the session that it is to run. */
export interface SessionDemand {
  /** whether weights are to be repacked for speed, at the price of a private copy */
  readonly packs: boolean;
  /** whether the graph maps weights that it has to widen to F32 at every run */
  readonly widens: boolean;
  /** threads for one run */
  readonly threads: number;
}

/** One execution provider. */
export interface ExecutionProvider {
  /** Whether this machine, and the onnxruntime that is installed, can run it. */
  usable(): boolean;
  /** Options of a session that it runs; those on memory and on files of weights are the pool's. */
  sessionOptions(demand: SessionDemand): InferenceSession.SessionOptions & {
    readonly extra: { readonly session: Readonly<Record<string, string>>; readonly optimization?: Readonly<Record<string, string>> };
  };
}

/** onnxruntime's own kernels for the processor: on every platform that there is a package for. */
const cpu: ExecutionProvider = {
  usable: () => true,
  sessionOptions: ({ packs, widens, threads }) => ({
    executionProviders: ['cpu'],
    // Optimizing a graph reorders it: all that it widens would be widened at once.
    graphOptimizationLevel: packs || !widens ? 'all' : 'disabled',
    intraOpNumThreads: threads,
    extra: {
      session: {
        // Threads of an idle session that spin take the cores of the session that works.
        force_spinning_stop: '1',
        // Widening a weight is many short steps. Threads that spin between them take the cores from whatever else runs on the machine:
        // on a busy one a pass took twice as long.
        ...(widens && !packs && { 'intra_op.allow_spinning': '0' }),
        disable_prepacking: packs ? '0' : '1',
      },
      // Folded constants are private copies of weights, too.
      ...(!packs && { optimization: { disable_specified_optimizers: 'ConstantFolding' } }),
    },
  }),
};

/** Every provider, the one that is tried first in front. The last one can be used everywhere. */
const EXECUTION_PROVIDERS: readonly ExecutionProvider[] = [cpu];

/** The first provider that this machine can use. */
export function usableProvider(): ExecutionProvider {
  return EXECUTION_PROVIDERS.find((provider) => provider.usable()) ?? cpu;
}
