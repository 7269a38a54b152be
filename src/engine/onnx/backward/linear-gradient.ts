import type { LinearSpec } from '../../../model/architecture/model-spec';
import type { GraphBuilder, Value } from '../graph-builder';
import { fused, timesTransposed } from '../products';
import { reshape } from '../shapes';

/**
 * From the gradients of what several layers make of one input to that of the input: Σ g·Wᵀ. One product where one tensor holds the
 * layers and nothing else. [N,outputs] each → [N,inputs]
 */
export function linearsGradient(b: GraphBuilder, layers: readonly LinearSpec[], gradients: readonly Value[]): Value {
  const whole = fused(layers);
  if (whole) return timesTransposed(b, inStoredOrder(b, layers, gradients), whole.weight);
  return layers.map(({ weight }, i) => timesTransposed(b, gradients[i], weight)).reduce((sum, product) => b.op('Add', [sum, product]));
}

/** Features of several layers in the order of the tensor that stores all of them: the inverse of what `linears` cuts out. */
function inStoredOrder(b: GraphBuilder, layers: readonly LinearSpec[], features: readonly Value[]): Value {
  const parts = layers
    .map(({ weight: { part, outputs } }, i) => ({ part, outputs, features: features[i] }))
    .sort((one, other) => (one.part?.offset ?? 0) - (other.part?.offset ?? 0));
  if (parts.every(({ part }) => part?.every === undefined)) {
    return b.op(
      'Concat',
      parts.map((part) => part.features),
      { axis: 1 },
    );
  }
  // Runs of every layer, one after the other, in each step: [N,outputs] → [N,steps,run], joined along the runs.
  const runs = parts.map(({ part, outputs, features: x }) => {
    const run = part?.every?.run ?? outputs;
    return reshape(b, x, [0, outputs / run, run]);
  });
  const total = parts.reduce((sum, { outputs }) => sum + outputs, 0);
  return reshape(b, b.op('Concat', runs, { axis: 2 }), [0, total]);
}
