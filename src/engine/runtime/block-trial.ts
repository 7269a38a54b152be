import type { ModelSpec } from '../../model/architecture/model-spec';
import type { ExecutionProvider } from '../onnx/execution-providers';
import { ModelGraphs } from '../onnx/model-graphs';
import { SessionPool, type PoolPolicy } from '../onnx/session-pool';
import type { Weights } from '../onnx/weights';

/** Tokens of the prompt that is tried: about as many as most have. */
const TOKENS = 16;
/** The first run makes the session; the best of the others counts. */
const RUNS = 4;

/** Milliseconds that a provider takes for one block of a model, the one in the middle, with its weights kept. */
export async function blockTime(spec: ModelSpec, weights: Weights, policy: PoolPolicy, provider: ExecutionProvider): Promise<number> {
  const graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { ...policy, patient: false }, provider));
  await graphs.keep({ blocks: true, lens: false });
  const layer = Math.floor(spec.blocks.length / 2);
  const rows = Float32Array.from({ length: TOKENS * spec.dModel }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
  try {
    let best = Infinity;
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      await graphs.block(layer, 'run', (work) => work(graphs.entering(layer, 'run', rows, TOKENS)));
      if (run > 0) best = Math.min(best, performance.now() - start);
    }
    return best;
  } finally {
    await graphs.release();
  }
}
