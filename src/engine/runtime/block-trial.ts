import type { ModelSpec } from '../../model/architecture/model-spec';
import type { ExecutionProvider } from '../onnx/execution-providers';
import { bestTime, trialValues } from '../onnx/best-time';
import { ModelGraphs } from '../onnx/model-graphs';
import { SessionPool, type PoolPolicy } from '../onnx/session-pool';
import type { Weights } from '../onnx/weights';

/** Tokens of the prompt that is tried: about as many as most have. */
const TOKENS = 16;

/** Milliseconds that a provider takes for one block of a model, the one in the middle, with its weights kept. */
export async function blockTime(spec: ModelSpec, weights: Weights, policy: PoolPolicy, provider: ExecutionProvider): Promise<number> {
  const graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { ...policy, patient: false }, provider));
  await graphs.keep({ blocks: true, lens: false });
  const layer = Math.floor(spec.blocks.length / 2);
  const rows = trialValues(TOKENS * spec.dModel);
  try {
    return await bestTime(() => graphs.block(layer, 'run', (work) => work(graphs.entering(layer, 'run', rows, TOKENS))));
  } finally {
    await graphs.release();
  }
}
