import type { AttentionSpec } from '../../../model/architecture/model-spec';
import type { GraphBuilder, Value } from '../graph-builder';
import { ownKeys } from '../heads';
import { timesTransposed } from '../products';
import { layersOfInput, type Bottlenecks, type QueriesKeysValues } from '../queries-keys-values';
import { linearsGradient } from './linear-gradient';
import { normGradient } from './norm-gradient';

/**
 * From the gradients of queries [T,H·k], keys [T,G·k] and values [T,G·v], as their layers make them, to that of what the branch reads:
 * through bottlenecks where there are some. [T,d]
 */
export function queriesKeysValuesGradient(
  b: GraphBuilder,
  attention: AttentionSpec,
  made: Bottlenecks,
  gradients: QueriesKeysValues,
): Value {
  const { qBottleneck, kvBottleneck } = attention;
  const { own, shared } = ownKeys(b, attention, gradients.k);
  const ofQueries =
    qBottleneck && made.qBottleneck !== null
      ? normGradient(b, made.qBottleneck, qBottleneck.norm, timesTransposed(b, gradients.q, attention.q.weight))
      : gradients.q;
  const ofKeysAndValues =
    kvBottleneck && made.kvBottleneck !== null
      ? [normGradient(b, made.kvBottleneck, kvBottleneck.norm, linearsGradient(b, [attention.k, attention.v], [own, gradients.v]))]
      : [own, gradients.v];
  return linearsGradient(b, layersOfInput(attention), [ofQueries, ...ofKeysAndValues, ...(shared === null ? [] : [shared])]);
}
