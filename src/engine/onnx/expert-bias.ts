/**
 * An expert's neurons with its bias among them: where its last layer has one, it counts as one more neuron, the last, which is always at 1,
 * reads nothing, and writes the bias (see `expertWidth`).
 */
import type { LinearSpec, MlpSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { neurons } from './neurons';
import { inputRowNorms, inputRows, outputColumns, times, timesTransposed, vector } from './products';
import { reshape, rowCount } from './shapes';

/** What the neurons come to. @param x [n,d] → [n,F] */
export function expertActivations(b: GraphBuilder, expert: MlpSpec, x: Value): Value {
  const { coefficients } = neurons(b, expert, x);
  if (!expert.down.bias) return coefficients;
  const ones = b.op('Expand', [b.floats([1], [1, 1]), b.op('Concat', [rowCount(b, x), b.ints([1])], { axis: 0 })]);
  return b.op('Concat', [coefficients, ones], { axis: 1 });
}

/** What neurons write. @param coefficients [n,F] → [n,d] */
export function writtenByExpert(b: GraphBuilder, { down, dMlp }: MlpSpec, coefficients: Value): Value {
  if (!down.bias) return times(b, coefficients, down.weight);
  const [own, ofBias] = b.ops('Split', [coefficients, b.ints([dMlp, 1])], { axis: 1 }, [0, 1]) as [Value, Value];
  return b.op('Add', [times(b, own, down.weight), b.op('Mul', [ofBias, row(b, down)])]);
}

/** The way back: ⟨what a neuron writes, x⟩. @param x [n,d] → [n,F] */
export function backToNeurons(b: GraphBuilder, { down }: MlpSpec, x: Value): Value {
  const own = timesTransposed(b, x, down.weight);
  return down.bias ? b.op('Concat', [own, b.op('Gemm', [x, row(b, down)], { transB: 1 })], { axis: 1 }) : own;
}

/** The gradient of the neurons that read something, of that of all. [n,F] → [n,F less the bias] */
export function withoutBias(b: GraphBuilder, { down, dMlp }: MlpSpec, gradient: Value): Value {
  return down.bias ? b.op('Slice', [gradient, b.ints([0]), b.ints([dMlp]), b.ints([1])]) : gradient;
}

/** What single neurons write. @param indices [n] → [n,d] */
export function expertValues(b: GraphBuilder, expert: MlpSpec, indices: Value): Value {
  const { down } = expert;
  return unlessBias(
    b,
    expert,
    indices,
    (own) => inputRows(b, down.weight, own),
    () => row(b, down),
  );
}

/** What single neurons read by one of the first layers; nothing for the bias. @param indices [n] → [n,d] */
export function expertKeys(b: GraphBuilder, expert: MlpSpec, layer: LinearSpec, indices: Value): Value {
  return unlessBias(
    b,
    expert,
    indices,
    (own) => outputColumns(b, layer.weight, own),
    () => b.floats([0]),
  );
}

/** How large neurons write. @param factors [1,d] see `inputRowNorms` @returns [F] */
export function expertValueNorms(b: GraphBuilder, { down }: MlpSpec, factors: Value | null): Value {
  const own = inputRowNorms(b, down.weight, factors);
  if (!down.bias) return own;
  const bias = factors ? b.op('Mul', [row(b, down), factors]) : row(b, down);
  return b.op('Concat', [reshape(b, own, [-1]), b.op('ReduceL2', [bias, b.ints([1])], { keepdims: 0 })], { axis: 0 });
}

/** Rows [n,d] of neurons, `ofBias` [1,d] or [1] for the index of the bias. */
function unlessBias(
  b: GraphBuilder,
  { down, dMlp }: MlpSpec,
  indices: Value,
  ofNeurons: (indices: Value) => Value,
  ofBias: () => Value,
): Value {
  if (!down.bias) return ofNeurons(indices);
  const rows = ofNeurons(b.op('Min', [indices, b.ints([dMlp - 1])]));
  const isBias = b.op('Unsqueeze', [b.op('Equal', [indices, b.ints([dMlp])]), b.ints([1])]);
  return b.op('Where', [isBias, ofBias(), rows]);
}

/** The bias as a row. [1,d] */
function row(b: GraphBuilder, { bias, weight }: LinearSpec): Value {
  if (!bias) throw new Error('the expert has no bias');
  return reshape(b, vector(b, bias), [1, weight.outputs]);
}
