/**
 * The layers that models are made of, as nodes of a graph. Activations are [rows, features]; a weight's layout and its
 * place inside a fused tensor are dealt with here and nowhere else.
 */
import { assertNever } from '../../core/problem';
import type { Activation, LinearSpec, MatrixSpec, NormSpec, Part, VectorSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';

/** A matrix in its stored layout, F32. */
function matrix(b: GraphBuilder, { tensor, layout, outputs, part }: MatrixSpec): Value {
  return b.widen(cut(b, b.stored(tensor), outputs, part, layout === 'in_out' ? 1 : 0), tensor);
}

/** A vector, F32. */
export function vector(b: GraphBuilder, { tensor, length, part }: VectorSpec): Value {
  return b.widen(cut(b, b.stored(tensor), length, part, 0), tensor);
}

/** The features of a part along an axis of the tensor that holds it. */
function cut(b: GraphBuilder, whole: Value, length: number, part: Part | undefined, axis: 0 | 1): Value {
  if (part === undefined) return whole;
  const { offset, every } = part;
  const slice = (x: Value, to: number, along: number) => b.op('Slice', [x, b.ints([offset]), b.ints([to]), b.ints([along])]);
  if (every === undefined) return slice(whole, offset + length, axis);
  // [of, …] → [of/step, step, …], cut the run out of every step, and join the runs.
  const steps = axis === 0 ? [-1, every.step] : [0, -1, every.step];
  const rest = axis === 0 ? b.op('Slice', [b.op('Shape', [whole]), b.ints([1]), b.ints([2])]) : null;
  const split = rest ? b.op('Concat', [b.ints(steps), rest], { axis: 0 }) : b.ints(steps);
  const runs = slice(b.op('Reshape', [whole, split]), offset + every.run, axis + 1);
  const joined = rest ? b.op('Concat', [b.ints([length]), rest], { axis: 0 }) : b.ints([0, length]);
  return b.op('Reshape', [runs, joined]);
}

/** Bytes, as F32, that are widened at once of a weight that is stored in 16 bits. */
const WIDENED_AT_ONCE = 1.6e8;

/**
 * x·W, with `bias` added where there is one. [N, inputs] → [N, outputs]. A large 16-bit weight (a vocabulary's, mostly) is
 * widened and multiplied so many of its bytes at a time, so that it is never whole in memory as F32.
 */
export function times(b: GraphBuilder, x: Value, weight: MatrixSpec, bias?: VectorSpec, bytesAtOnce = WIDENED_AT_ONCE): Value {
  const products = slicesOf(b, weight, bias, bytesAtOnce).map((slice) => product(b, x, slice.weight, slice.bias));
  return products.length === 1 ? products[0] : b.op('Concat', products, { axis: 1 });
}

/** Some of the output features of a weight, from one on, and their part of the bias. */
interface WeightSlice {
  readonly from: number;
  readonly weight: MatrixSpec;
  readonly bias?: VectorSpec;
}

/** A weight, and its bias, as parts of so many bytes as F32; as a whole where nothing needs widening. */
function slicesOf(b: GraphBuilder, weight: MatrixSpec, bias: VectorSpec | undefined, bytesAtOnce: number): readonly WeightSlice[] {
  const slices = b.isNarrow(weight.tensor) ? Math.ceil((4 * weight.inputs * weight.outputs) / bytesAtOnce) : 1;
  if (slices <= 1 || weight.part?.every || bias?.part?.every) return [{ from: 0, weight, ...(bias && { bias }) }];
  const width = Math.ceil(weight.outputs / slices);
  return Array.from({ length: Math.ceil(weight.outputs / width) }, (_, i) => {
    const from = i * width;
    const length = Math.min(width, weight.outputs - from);
    const part = (whole: { readonly part?: Part }, of: number): Part => ({
      offset: (whole.part?.offset ?? 0) + from,
      of: whole.part?.of ?? of,
    });
    const sliceOfWeight = { ...weight, outputs: length, part: part(weight, weight.outputs) };
    return { from, weight: sliceOfWeight, ...(bias && { bias: { ...bias, length, part: part(bias, bias.length) } }) };
  });
}

function product(b: GraphBuilder, x: Value, weight: MatrixSpec, bias?: VectorSpec): Value {
  const inputs = [x, matrix(b, weight), ...(bias ? [vector(b, bias)] : [])];
  return b.op('Gemm', inputs, { transB: weight.layout === 'out_in' ? 1 : 0 });
}

/**
 * x·Wᵀ: back through a weight. [N, outputs] → [N, inputs]. A large 16-bit weight is widened so many of its bytes at a time, as in
 * `times`.
 */
export function timesTransposed(b: GraphBuilder, x: Value, weight: MatrixSpec, bytesAtOnce = WIDENED_AT_ONCE): Value {
  const slices = slicesOf(b, weight, undefined, bytesAtOnce);
  if (slices.length === 1) return productTransposed(b, x, weight);
  const products = slices.map((slice) => {
    const ends = [b.ints([slice.from]), b.ints([slice.from + slice.weight.outputs])];
    return productTransposed(b, b.op('Slice', [x, ...ends, b.ints([1])]), slice.weight);
  });
  return products.reduce((sum, term) => b.op('Add', [sum, term]));
}

/** With the weight on the left where it lies so that this is faster: half the time of few rows, as it need not be repacked. */
function productTransposed(b: GraphBuilder, x: Value, weight: MatrixSpec): Value {
  if (weight.layout === 'out_in') return b.op('Gemm', [x, matrix(b, weight)]);
  const transposed = (y: Value) => b.op('Transpose', [y], { perm: [1, 0] });
  return transposed(b.op('MatMul', [matrix(b, weight), transposed(x)]));
}

/** x·W + b */
export function linear(b: GraphBuilder, x: Value, { weight, bias }: LinearSpec): Value {
  return times(b, x, weight, bias);
}

/** x·W + b; unchanged where there is no layer. */
export function projected(b: GraphBuilder, x: Value, layer: LinearSpec | undefined): Value {
  return layer ? linear(b, x, layer) : x;
}

/** Several layers on the same input: one product where one tensor holds them and nothing else. */
export function linears(b: GraphBuilder, x: Value, layers: readonly LinearSpec[]): Value[] {
  const whole = fused(layers);
  if (whole === undefined) return layers.map((layer) => linear(b, x, layer));
  const product = linear(b, x, whole);
  const widths = layers.map(({ weight }) => weight.outputs);
  if (!sideBySide(layers)) return layers.map(({ weight }) => cut(b, product, weight.outputs, weight.part, 1));
  return b.ops('Split', [product, b.ints(widths)], { axis: 1 }, [...layers.keys()]);
}

/** The layer that a tensor holds as a whole, if `layers` are its parts. */
export function fused(layers: readonly LinearSpec[]): LinearSpec | undefined {
  const [first] = layers;
  if (first?.weight.part === undefined) return undefined;
  const { tensor, layout, inputs, part } = first.weight;
  const together = layers.every(({ weight, bias }) => weight.tensor === tensor && bias?.tensor === first.bias?.tensor);
  if (!together || layers.reduce((sum, { weight }) => sum + weight.outputs, 0) !== part.of) return undefined;
  const weight = { tensor, layout, inputs, outputs: part.of };
  return first.bias ? { weight, bias: { tensor: first.bias.tensor, length: part.of } } : { weight };
}

/** Whether parts follow one another in their tensor, in this order. */
function sideBySide(layers: readonly LinearSpec[]): boolean {
  let end = 0;
  return layers.every(({ weight: { part, outputs } }) => {
    const here = part?.offset === end && part.every === undefined;
    end += outputs;
    return here;
  });
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

/** Euclidean norm of each input feature's row, whose features are first multiplied with `factors` [1,outputs]. [inputs] */
export function inputRowNorms(b: GraphBuilder, weight: MatrixSpec, factors: Value | null): Value {
  const axis = weight.layout === 'in_out' ? 1 : 0;
  const whole = matrix(b, weight);
  const scaled = factors ? b.op('Mul', [whole, reshape(b, factors, axis === 1 ? [1, -1] : [-1, 1])]) : whole;
  return b.op('ReduceL2', [scaled, b.ints([axis])], { keepdims: 0 });
}

/** Norm of every row of the last axis, with gain and bias; unchanged where there is no norm. */
export function norm(b: GraphBuilder, x: Value, spec: NormSpec | undefined): Value {
  if (spec === undefined) return x;
  const attributes = { axis: -1, epsilon: { float: spec.epsilon } };
  if (spec.kind === 'rms') {
    const normed = b.op('RMSNormalization', [x, normGain(b, spec)], attributes);
    return spec.bias ? b.op('Add', [normed, vector(b, spec.bias)]) : normed;
  }
  return b.op('LayerNormalization', [x, normGain(b, spec), ...(spec.bias ? [vector(b, spec.bias)] : [])], attributes);
}

/** What a norm multiplies its features with. [width] */
export function normGain(b: GraphBuilder, { width, gain, gainOffset }: NormSpec): Value {
  if (gain === undefined) return ones(b, width);
  const stored = vector(b, gain);
  return gainOffset === undefined ? stored : b.op('Add', [stored, b.floats([gainOffset])]);
}

/** What a norm divides a row by: √(variance + epsilon), or √(mean of squares + epsilon). [N,width] → [N,1] */
export function normScale(b: GraphBuilder, x: Value, { kind, epsilon }: NormSpec): Value {
  const centre = kind === 'layer' ? centred(b, x) : x;
  const square = b.op('ReduceMean', [b.op('Mul', [centre, centre]), b.ints([1])]);
  return b.op('Sqrt', [b.op('Add', [square, b.floats([epsilon])])]);
}

/** x − mean x, for every row. [N,width] */
export function centred(b: GraphBuilder, x: Value): Value {
  return b.op('Sub', [x, b.op('ReduceMean', [x, b.ints([1])])]);
}

/** A constant of ones that takes no room in the graph. [length] */
function ones(b: GraphBuilder, length: number): Value {
  return b.op('Expand', [b.floats([1]), b.ints([length])]);
}

/**
 * Norms of heads that lie side by side: one of all heads together, one that is applied to every head, or one for each
 * head. [N,heads·width] → the same
 */
export function headNorms(b: GraphBuilder, x: Value, norms: readonly NormSpec[], heads: number, width: number): Value {
  const [first, ...others] = norms;
  if (first.width !== width) return norm(b, x, first);
  const split = (rows: Value) => reshape(b, rows, [-1, heads, width]);
  if (others.length === 0) return reshape(b, norm(b, split(x), first), [-1, heads * width]);
  const { kind, epsilon } = first;
  const plain = reshape(b, norm(b, split(x), { kind, width, epsilon }), [-1, heads * width]);
  const gained = b.op('Mul', [plain, headGains(b, norms, heads, width)]);
  const biases = norms.flatMap(({ bias }) => (bias ? [vector(b, bias)] : []));
  return biases.length === 0 ? gained : b.op('Add', [gained, b.op('Concat', biases, { axis: 0 })]);
}

/** Back through `headNorms` held fixed, up to its scale: the transpose of its linear part. [N,heads·width] → the same */
export function backThroughHeadNorms(b: GraphBuilder, x: Value, norms: readonly NormSpec[], heads: number, width: number): Value {
  const gained = b.op('Mul', [x, headGains(b, norms, heads, width)]);
  if (norms[0].kind === 'rms') return gained;
  return reshape(b, centred(b, reshape(b, gained, [-1, norms[0].width])), [-1, heads * width]);
}

/** What `headNorms` multiplies its features with. [heads·width] */
export function headGains(b: GraphBuilder, norms: readonly NormSpec[], heads: number, width: number): Value {
  const gains = norms.map((spec) => normGain(b, spec));
  if (gains.length > 1) return b.op('Concat', gains, { axis: 0 });
  return norms[0].width === width ? b.op('Tile', [gains[0], b.ints([heads])]) : gains[0];
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
    case 'relu_squared': {
      const positive = b.op('Relu', [x]);
      return b.op('Mul', [positive, positive]);
    }
    case 'silu':
      return b.op('Mul', [x, b.op('Sigmoid', [x])]);
    case 'tanh':
      return b.op('Tanh', [x]);
    default:
      return assertNever(activation);
  }
}

/** x · factor; unchanged where there is no factor. */
export function scaled(b: GraphBuilder, x: Value, factor: number | undefined): Value {
  return factor === undefined ? x : b.op('Mul', [x, b.floats([factor])]);
}

/** cap · tanh(x / cap): nearly x where x is small, never beyond the cap; unchanged where there is no cap. */
export function softCapped(b: GraphBuilder, x: Value, cap: number | undefined): Value {
  return cap === undefined ? x : scaled(b, b.op('Tanh', [b.op('Div', [x, b.floats([cap])])]), cap);
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
  const spread = b.op('Mul', [b.op('Unsqueeze', [rows, b.ints([1])]), b.op('Unsqueeze', [oneHot, b.ints([2])])]);
  return reshape(b, spread, [-1, blocks * width]);
}

/** One-hot rows as a constant: row i has its 1 at `columns[i]`. */
export function oneHotRows(b: GraphBuilder, columns: readonly number[], width: number): Value {
  const values = columns.flatMap((column) => Array.from({ length: width }, (_, j) => (j === column ? 1 : 0)));
  return b.floats(values, [columns.length, width]);
}
