/**
 * The logit lens as graphs: final norm, unembedding and everything that is read from the logits, so that [N,V] logits
 * never become JavaScript values.
 */
import type { ModelSpec, NormSpec, UnembeddingSpec } from '../../model/architecture/model-spec';
import { scaled, softCapped } from './elementwise';
import { extremes } from './extremes';
import { GraphBuilder, type Value } from './graph-builder';
import { norm } from './norms';
import { linear, projected, times } from './products';
import { DataType } from './proto';
import type { Weights } from './weights';

const BITS_PER_NAT = 1 / Math.LN2;

/** What rows pass on their way to logits: the final norm and the unembedding with its bias, or the bare unembedding. */
export type LensThrough = 'final norm' | 'unembedding';

/**
 * Inputs: `rows` [N,d], the vectors themselves; `mapped` [N,d], the same as a lens maps them, of which the logits are; `target`, `against` [1]; `k` [1], at most V; `direction` [d,1], see `buildTargetGraph`.
 * Outputs are named as in `LensBatch`: lists [N,k], figures [N,1]; `againstLogits` [N,1] are the other token's.
 */
export function buildLensGraph(weights: Weights, spec: ModelSpec, through: LensThrough): Uint8Array {
  const b = new GraphBuilder(weights);
  const { dModel: d, vocabSize: V } = spec;
  const rows = b.input('rows', DataType.FLOAT, ['N', d]);
  const mapped = b.input('mapped', DataType.FLOAT, ['N', d]);
  const target = b.input('target', DataType.INT64, [1]);
  const against = b.input('against', DataType.INT64, [1]);
  const k = b.input('k', DataType.INT64, [1]);
  const direction = b.input('direction', DataType.FLOAT, [d, 1]);
  const figure = (name: string, value: Value) => b.output(name, value, DataType.FLOAT, ['N', 1]);

  const logits =
    through === 'unembedding'
      ? unembedBare(b, mapped, spec.unembedding)
      : unembed(b, norm(b, mapped, spec.unembedding.norm), spec.unembedding);
  const probabilities = b.op('Softmax', [logits], { axis: -1 });
  const list = (end: 'top' | 'bottom') => {
    const { ids, values } = extremes(b, { logits, vocabSize: V, k }, end);
    const taken = b.op('GatherElements', [probabilities, ids], { axis: 1 });
    b.output(`${end}Ids`, b.op('Cast', [ids], { to: DataType.INT32 }), DataType.INT32, ['N', 'k']);
    b.output(`${end}Logits`, values, DataType.FLOAT, ['N', 'k']);
    b.output(`${end}Probabilities`, taken, DataType.FLOAT, ['N', 'k']);
    return { values, probabilities: taken };
  };
  const top = list('top');
  list('bottom');

  const targetLogits = b.op('Gather', [logits, target], { axis: 1 });
  figure('targetLogits', targetLogits);
  figure('againstLogits', b.op('Gather', [logits, against], { axis: 1 }));
  figure('targetProbabilities', b.op('Gather', [probabilities, target], { axis: 1 }));
  // Counting by an integer product is exact, and far cheaper than a sum over V.
  const larger = b.op('Cast', [b.op('Greater', [logits, targetLogits])], { to: DataType.UINT8 });
  const count = b.op('MatMulInteger', [larger, b.bytes(new Uint8Array(V).fill(1), [V, 1])]);
  const one = b.op('Cast', [b.ints([1])], { to: DataType.INT32 });
  b.output('targetRanks', b.op('Add', [count, one]), DataType.INT32, ['N', 1]);

  const first = (x: Value) => b.op('Gather', [x, b.ints([0])], { axis: 1 });
  const largest = { logit: first(top.values), probability: first(top.probabilities) };
  figure('entropies', entropy(b, { logits, probabilities, largest }));
  figure('norms', b.op('ReduceL2', [rows, b.ints([1])]));
  figure('shares', b.op('MatMul', [rows, direction]));
  return b.finish('lens');
}

/** Logit contributions of summands of the normed stream: no biases, and nothing that is not linear. [N,d] → [N,V] */
function unembedBare(b: GraphBuilder, rows: Value, { projection, table, scale }: UnembeddingSpec): Value {
  return scaled(b, times(b, projection ? times(b, rows, projection.weight) : rows, table.weight), scale);
}

/** From the normed stream to logits. [N,d] → [N,V] */
export function unembed(b: GraphBuilder, normed: Value, { projection, table, scale, softCap }: UnembeddingSpec): Value {
  return softCapped(b, scaled(b, linear(b, projected(b, normed, projection), table), scale), softCap);
}

/** Predictions [N,V], and the largest logit and probability of each row [N,1]. */
interface Distribution {
  readonly logits: Value;
  readonly probabilities: Value;
  readonly largest: { readonly logit: Value; readonly probability: Value };
}

/**
 * Entropy of the softmax in bits. −Σ p·log p = log Σ exp(x − max) − Σ p·(x − max), and log Σ exp(x − max) is −log of the
 * largest probability: no logarithm of V numbers. → [N,1]
 */
function entropy(b: GraphBuilder, { logits, probabilities, largest }: Distribution): Value {
  const expected = b.op('ReduceSum', [b.op('Mul', [probabilities, b.op('Sub', [logits, largest.logit])]), b.ints([1])]);
  const nats = b.op('Neg', [b.op('Add', [b.op('Log', [largest.probability]), expected])]);
  // Rounding may leave a certain prediction slightly below zero.
  return b.op('Mul', [b.op('Relu', [nats]), b.floats([BITS_PER_NAT])]);
}

/** The final norm alone. Input: `resid_post` [T,d] of the last block. Output: `normalized` [T,d]. */
export function buildFinalNormGraph(weights: Weights, d: number, spec: NormSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  b.output('normalized', norm(b, b.input('resid_post', DataType.FLOAT, ['T', d]), spec), DataType.FLOAT, ['T', d]);
  return b.finish('final norm');
}

/**
 * The end of the trace. Input: `resid_post` [T,d] of the last block. Outputs: `normalized` [T,d] where there is a final
 * norm, `logits` [T,V].
 */
export function buildUnembedGraph(weights: Weights, spec: ModelSpec): Uint8Array {
  const b = new GraphBuilder(weights);
  const normalized = norm(b, b.input('resid_post', DataType.FLOAT, ['T', spec.dModel]), spec.unembedding.norm);
  if (spec.unembedding.norm) b.output('normalized', normalized, DataType.FLOAT, ['T', spec.dModel]);
  b.output('logits', unembed(b, normalized, spec.unembedding), DataType.FLOAT, ['T', spec.vocabSize]);
  return b.finish('unembed');
}
