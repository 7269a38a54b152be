/** What runs the graphs: the execution providers of onnxruntime that are used here. */
import type { InferenceSession } from 'onnxruntime-node';

/** What a provider is told of the session that it is to run. */
export interface SessionDemand {
  /** whether the session is kept, so that time spent on preparing it pays */
  readonly kept: boolean;
  /** whether many rows are multiplied with its weights again and again */
  readonly hot: boolean;
  /** threads for one run */
  readonly threads: number;
}

/** One execution provider. */
export interface ExecutionProvider {
  /** Whether this machine, and the onnxruntime that is installed, can run it. */
  usable(): boolean;
  /** Options of a session that it runs; those on memory and on files of weights are the pool's. */
  sessionOptions(
    demand: SessionDemand,
  ): InferenceSession.SessionOptions & { readonly extra: { readonly session: Readonly<Record<string, string>> } };
}

/** onnxruntime's own kernels for the processor: on every platform that there is a package for. */
const cpu: ExecutionProvider = {
  usable: () => true,
  sessionOptions: ({ kept, hot, threads }) => ({
    executionProviders: ['cpu'],
    // Optimizing a graph folds its constants: a session would hold every weight widened to F32 from the start.
    graphOptimizationLevel: kept ? 'all' : 'disabled',
    intraOpNumThreads: threads,
    extra: {
      session: {
        // Threads of an idle session that spin take the cores of the session that works.
        force_spinning_stop: '1',
        disable_prepacking: kept && hot ? '0' : '1',
      },
    },
  }),
};

/** Every provider, the one that is tried first in front. The last one can be used everywhere. */
const EXECUTION_PROVIDERS: readonly ExecutionProvider[] = [cpu];

/** The first provider that this machine can use. */
export function usableProvider(): ExecutionProvider {
  return EXECUTION_PROVIDERS.find((provider) => provider.usable()) ?? cpu;
}
