/** What runs the graphs: the execution providers of onnxruntime that are used here. */
import { listSupportedBackends, type InferenceSession } from 'onnxruntime-node';
import type { DeviceInUse } from '../../core/protocol/device';
import { nestedNodeNames } from './nested-nodes';

/** What a provider is told of the session that it is to run. */
export interface SessionDemand {
  /** the graph, as the bytes of an `.onnx` file */
  readonly description: Uint8Array;
  /** whether it may hold a private copy of its weights: repacked for speed, or in a memory of the provider's own */
  readonly packs: boolean;
  /** whether the graph maps weights that it has to widen to F32 at every run */
  readonly widens: boolean;
  /** threads for one run */
  readonly threads: number;
}

/** One execution provider. */
export interface ExecutionProvider {
  /** as people call it */
  readonly name: DeviceInUse['name'];
  /** as sentences call it */
  readonly label: string;
  /**
   * Whether weights have to be copied to a memory of its own before it can use them. Then it runs the graphs that are worth a private
   * copy of their weights and answer little, and no others: all else is copied at every use.
   */
  readonly copiesWeights: boolean;
  /** Whether the onnxruntime that is installed contains it. Whether it works on this machine only a try can tell. */
  contained(): boolean;
  /** Options of a session that it runs; those on memory and on files of weights are the pool's. */
  sessionOptions(demand: SessionDemand): InferenceSession.SessionOptions & {
    readonly extra: { readonly session: Readonly<Record<string, string>>; readonly optimization?: Readonly<Record<string, string>> };
  };
}

/** onnxruntime's own kernels for the processor: on every platform that there is a package for. */
export const CPU: ExecutionProvider = {
  name: 'cpu',
  label: 'The processor',
  copiesWeights: false,
  contained: () => true,
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

/** Graphics cards by Vulkan, Direct3D 12 or Metal. */
const WEBGPU = onDevice('webgpu', 'WebGPU', 'webgpu', (description) => {
  // Loops run on the processor: what is inside them would be copied there and back at every step.
  const forceCpuNodeNames = nestedNodeNames(description);
  return { name: 'webgpu', ...(forceCpuNodeNames.length > 0 && { forceCpuNodeNames }) };
});
const DIRECTML = onDevice('directml', 'DirectML', 'dml', () => ({ name: 'dml' }));
const COREML = onDevice('coreml', 'Core ML', 'coreml', () => ({ name: 'coreml' }));

/** Providers that copy weights; what they cannot run, the processor does within the same session. @param backend as onnxruntime calls it */
function onDevice(
  name: DeviceInUse['name'],
  label: string,
  backend: string,
  option: (description: Uint8Array) => InferenceSession.ExecutionProviderConfig,
): ExecutionProvider {
  return {
    name,
    label,
    copiesWeights: true,
    contained: () => listSupportedBackends().some((found) => found.name === backend && found.bundled),
    sessionOptions: ({ description, threads }) => ({
      executionProviders: [option(description), 'cpu'],
      // Folding constants widens weights of 16 bits once, on their way to the device.
      graphOptimizationLevel: 'all',
      intraOpNumThreads: threads,
      extra: { session: { force_spinning_stop: '1' } },
    }),
  };
}

/** Every provider there is code for. */
export const EXECUTION_PROVIDERS: readonly ExecutionProvider[] = [CPU, WEBGPU, DIRECTML, COREML];
