/**
 * The layers that models are made of, as nodes of a graph. Activations are [rows, features]; a weight's layout and its
 * place inside a fused tensor are dealt with here and nowhere else.
 */
import { assertNever } from '../../core/problem';
import type { Activation, LinearSpec, MatrixSpec, NormSpec, Part, VectorSpec } from '../architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';

/** A matrix in its stored layout, F32. */
function matrix(b: GraphBuilder, { tensor, layout, outputs, part }: MatrixSpec): Value {
  return b.widen(cut(b, b.stored(tensor), outputs, part, layout === 'in_out' ? 1 : 0), tensor);
}

/** A vector, F32. */
export function vector(b: GraphBuilder, { tensor, length, part }: VectorSpec): Value {
  return b.widen(cut(b, b.stored(tensor), length, part, 0), tensor);
}

function cut(b: GraphBuilder, stored: Value, length: number, part: Part | undefined, axis: number): Value {
  if (part === undefined) return stored;
  return b.op('Slice', [stored, b.ints([part.offset]), b.ints([part.offset + length]), b.ints([axis])]);
}

/** x·W, with `bias` added where there is one. [N, inputs] → [N, outputs] */
export function times(b: GraphBuilder, x: Value, weight: MatrixSpec, bias?: VectorSpec): Value {
  const inputs = [x, matrix(b, weight), ...(bias ? [vector(b, bias)] : [])];
  return b.op('Gemm', inputs, { transB: weight.layout === 'out_in' ? 1 : 0 });
}

/** x·Wᵀ: back through a weight. [N, outputs] → [N, inputs] */
export function timesTransposed(b: GraphBuilder, x: Value, weight: MatrixSpec): Value {
  return b.op('Gemm', [x, matrix(b, weight)], { transB: weight.layout === 'in_out' ? 1 : 0 });
}

/** x·W + b */
export function linear(b: GraphBuilder, x: Value, { weight, bias }: LinearSpec): Value {
  return times(b, x, weight, bias);
}

/** Several layers on the same input: one product where they lie side by side in one tensor, in this order and alone. */
export function linears(b: GraphBuilder, x: Value, layers: readonly LinearSpec[]): Value[] {
  const whole = fused(layers);
  if (whole === undefined) return layers.map((layer) => linear(b, x, layer));
  const widths = layers.map(({ weight }) => weight.outputs);
  return b.ops('Split', [linear(b, x, whole), b.ints(widths)], { axis: 1 }, [...layers.keys()]);
}

/** The layer that a tensor holds as a whole, if `layers` are its parts. */
function fused(layers: readonly LinearSpec[]): LinearSpec | undefined {
  const [first] = layers;
  if (first?.weight.part === undefined) return undefined;
  const { of } = first.weight.part;
  let end = 0;
  for (const { weight, bias } of layers) {
    const { tensor, part, outputs } = weight;
    if (tensor !== first.weight.tensor || part?.offset !== end || bias?.tensor !== first.bias?.tensor) return undefined;
    end += outputs;
  }
  if (end !== of) return undefined;
  const { tensor, layout, inputs } = first.weight;
  const weight = { tensor, layout, inputs, outputs: of };
  return first.bias ? { weight, bias: { tensor: first.bias.tensor, length: of } } : { weight };
}

/** Input feature i's row of a weight: what it writes. [n] indices → [n, outputs]. Gathers first, widens what it took. */
export function inputRows(b: GraphBuilder, weight: MatrixSpec, indices: Value): Value {
  const { tensor, layout, outputs, part } = weight;
  if (layout === 'in_out') {
    const rows = b.op('Gather', [b.stored(tensor), indices], { axis: 0 });
    return b.widen(cut(b, rows, outputs, part, 1), tensor);
  }
  const columns = b.op('Gather', [cut(b, b.stored(tensor), outputs, part, 0), indices], { axis: 1 });
  return b.widen(b.op('Transpose', [columns], { perm: [1, 0] }), tensor);
}

/** Output feature i's column of a weight: what it reads. [n] indices → [n, inputs] */
export function outputColumns(b: GraphBuilder, weight: MatrixSpec, indices: Value): Value {
  const { tensor, layout, outputs, part } = weight;
  const axis = layout === 'in_out' ? 1 : 0;
  const taken = b.op('Gather', [cut(b, b.stored(tensor), outputs, part, axis), indices], { axis });
  return b.widen(layout === 'in_out' ? b.op('Transpose', [taken], { perm: [1, 0] }) : taken, tensor);
}

/** Euclidean norm of each input feature's row. [inputs] */
export function inputRowNorms(b: GraphBuilder, weight: MatrixSpec): Value {
  const axis = weight.layout === 'in_out' ? 1 : 0;
  return b.op('ReduceL2', [matrix(b, weight), b.ints([axis])], { keepdims: 0 });
}

/** Layer normalisation of every row, with gain and bias. */
export function norm(b: GraphBuilder, x: Value, { gain, bias, epsilon }: NormSpec): Value {
  const inputs = [x, vector(b, gain), ...(bias ? [vector(b, bias)] : [])];
  return b.op('LayerNormalization', inputs, { axis: -1, epsilon: { float: epsilon } });
}

/** An element-wise non-linearity. */
export function activate(b: GraphBuilder, x: Value, activation: Activation): Value {
  switch (activation) {
    case 'gelu':
      return b.op('Gelu', [x]);
    case 'gelu_tanh':
      return b.op('Gelu', [x], { approximate: 'tanh' });
    case 'quick_gelu':
      return b.op('Mul', [x, b.op('Sigmoid', [b.op('Mul', [x, b.floats([1.702])])])]);
    case 'relu':
      return b.op('Relu', [x]);
    case 'silu':
      return b.op('Mul', [x, b.op('Sigmoid', [x])]);
    case 'tanh':
      return b.op('Tanh', [x]);
    default:
      return assertNever(activation);
  }
}

/** Same values, new shape. -1: whatever is left; 0: as it was. */
export function reshape(b: GraphBuilder, x: Value, shape: readonly number[]): Value {
  return b.op('Reshape', [x, b.ints(shape)]);
}

/**
 * Writes each row into one block of a wider row that is zero elsewhere: [N,k] and one-hot [N,blocks] → [N,blocks·k]. The
 * product with a whole matrix of heads then is the product with the rows' own heads, for all of them at once.
 */
export function intoBlocks(b: GraphBuilder, rows: Value, oneHot: Value, blocks: number, width: number): Value {
  const spread = b.op('Mul', [
    b.op('Unsqueeze', [rows, b.ints([1])]),
    b.op('Unsqueeze', [oneHot, b.ints([2])]),
  ]);
  return reshape(b, spread, [-1, blocks * width]);
}

/** One-hot rows as a constant: row i has its 1 at `columns[i]`. */
export function oneHotRows(b: GraphBuilder, columns: readonly number[], width: number): Value {
  const values = columns.flatMap((column) => Array.from({ length: width }, (_, j) => (j === column ? 1 : 0)));
  return b.floats(values, [columns.length, width]);
}
