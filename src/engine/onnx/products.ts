/**
 * Products with weights as nodes of a graph. Activations are [rows, features]; a weight's layout and its place inside a fused
 * tensor are dealt with here and nowhere else.
 */
import type { LinearSpec, MatrixSpec, Part, VectorSpec } from '../../model/architecture/model-spec';
import { cut, featureAxis, features } from './features';
import type { GraphBuilder, Value } from './graph-builder';
import { reshape, rowCount } from './shapes';
import { inputsOfRows, squaresOfRows, timesRows, timesRowsTransposed, timesRowsWithMean } from './product-of-rows';
import { canBeSliced, isInRows, isNarrow, rangeOfRows, rowsTakenTogether, stored, storedRows, widen } from './stored';
import { updateOf, withInputRows, withOutputColumns, withProduct, withProductTransposed, withWhole } from './updates';

/** A matrix in its stored layout, F32. */
function matrix(b: GraphBuilder, weight: MatrixSpec): Value {
  const { tensor, part } = weight;
  const axis = featureAxis(weight);
  if (isEmpty(weight)) return empty(b, weight);
  const rows = axis === 0 && part && !part.every ? rangeOfRows(b, tensor, part.offset, weight.outputs) : null;
  return widen(b, rows ?? cut(b, stored(b, tensor), features(weight), axis), tensor);
}

/** Whether a weight has no numbers: those of a layer without neurons. */
const isEmpty = ({ inputs, outputs }: MatrixSpec): boolean => inputs * outputs === 0;

const empty = (b: GraphBuilder, { layout, inputs, outputs }: MatrixSpec): Value =>
  b.floats([], layout === 'in_out' ? [inputs, outputs] : [outputs, inputs]);

/** A vector, F32. */
export function vector(b: GraphBuilder, { tensor, length, part, shape }: VectorSpec): Value {
  const whole = shape ? reshape(b, stored(b, tensor), [-1]) : stored(b, tensor);
  return widen(b, cut(b, whole, { length, part }, 0), tensor);
}

/** Whether a weight is quantised and its rows are its outputs, so that it is used slice by slice. */
function isSliced(b: GraphBuilder, weight: MatrixSpec): boolean {
  return !isEmpty(weight) && isInRows(b, weight.tensor) && weight.layout === 'out_in' && canBeSliced(b, weight);
}

/**
 * Bytes, as F32, that are widened at once of a weight that is stored in 16 bits: what a processor's cache holds until it is multiplied. Half of
 * it takes longer; half as much again took less where the cache is large, which it is not everywhere. docs/large-models.md
 */
const WIDENED_AT_ONCE = 8e6;

/**
 * x·W, with the bias added where there is one. [N, inputs] → [N, outputs]. A large 16-bit weight (a vocabulary's, mostly) is
 * widened and multiplied so many of its bytes at a time, so that it is never whole in memory as F32.
 */
export function linear(b: GraphBuilder, x: Value, layer: LinearSpec, bytesAtOnce = WIDENED_AT_ONCE): Value {
  return withProduct(b, x, layer.weight, linearAsStored(b, x, layer, bytesAtOnce));
}

/** The same without what an adapter adds. */
function linearAsStored(b: GraphBuilder, x: Value, layer: LinearSpec, bytesAtOnce: number): Value {
  if (isSliced(b, layer.weight)) {
    const product = timesRows(b, x, layer.weight);
    return layer.bias ? b.op('Add', [product, vector(b, layer.bias)]) : product;
  }
  const products = slicesOf(b, layer, bytesAtOnce).map((slice) => product(b, x, slice.layer));
  return products.length === 1 ? products[0] : b.op('Concat', products, { axis: 1 });
}

/**
 * The same, with the mean of what its outputs read where that is available on the way: where the weight is dequantised slice by slice.
 *
 * @param wanted a truth value: whether the mean is computed @returns mean [1,inputs]; null where it takes a product of its own
 */
export function linearWithMean(b: GraphBuilder, x: Value, layer: LinearSpec, wanted: Value): { product: Value; mean: Value | null } {
  const { weight, bias } = layer;
  if (!isSliced(b, weight) || updateOf(b, weight) !== undefined) return { product: linear(b, x, layer), mean: null };
  const { product, mean } = timesRowsWithMean(b, x, weight, wanted);
  return { product: bias ? b.op('Add', [product, vector(b, bias)]) : product, mean };
}

/** Some of the output features of a layer, from one on. */
interface LayerSlice {
  readonly from: number;
  readonly layer: LinearSpec;
}

/** A layer in parts whose weights have so many bytes as F32; as a whole where nothing needs widening. */
function slicesOf(b: GraphBuilder, layer: LinearSpec, bytesAtOnce: number): readonly LayerSlice[] {
  const { weight, bias } = layer;
  const slices =
    !isEmpty(weight) && isNarrow(b, weight.tensor) && !isInRows(b, weight.tensor) && !b.weights.areCopiedWhole
      ? Math.ceil((4 * weight.inputs * weight.outputs) / bytesAtOnce)
      : 1;
  if (slices <= 1 || weight.part?.every || bias?.part?.every) return [{ from: 0, layer }];
  const together = rowsTakenTogether(b, weight.tensor);
  const width = together * Math.ceil(weight.outputs / slices / together);
  return Array.from({ length: Math.ceil(weight.outputs / width) }, (_, i) => {
    const from = i * width;
    const length = Math.min(width, weight.outputs - from);
    const part = (whole: { readonly part?: Part }, of: number): Part => ({
      offset: (whole.part?.offset ?? 0) + from,
      of: whole.part?.of ?? of,
    });
    const slice = {
      weight: { ...weight, outputs: length, part: part(weight, weight.outputs) },
      ...(bias && { bias: { ...bias, length, part: part(bias, bias.length) } }),
    };
    return { from, layer: slice };
  });
}

function product(b: GraphBuilder, x: Value, { weight, bias }: LinearSpec): Value {
  const inputs = [x, matrix(b, weight), ...(bias ? [vector(b, bias)] : [])];
  return b.op('Gemm', inputs, { transB: weight.layout === 'out_in' ? 1 : 0 });
}

/** x·Wᵀ: back through a weight. [N, outputs] → [N, inputs]. A large 16-bit weight is widened in slices, as in `linear`. */
export function timesTransposed(b: GraphBuilder, x: Value, weight: MatrixSpec, bytesAtOnce = WIDENED_AT_ONCE): Value {
  return withProductTransposed(b, x, weight, transposedAsStored(b, x, weight, bytesAtOnce));
}

function transposedAsStored(b: GraphBuilder, x: Value, weight: MatrixSpec, bytesAtOnce: number): Value {
  if (isSliced(b, weight)) return timesRowsTransposed(b, x, weight);
  const slices = slicesOf(b, { weight }, bytesAtOnce);
  if (slices.length === 1) return productTransposed(b, x, weight);
  const products = slices.map(({ from, layer }) => {
    const ends = [b.ints([from]), b.ints([from + layer.weight.outputs])];
    return productTransposed(b, b.op('Slice', [x, ...ends, b.ints([1])]), layer.weight);
  });
  return products.reduce((sum, term) => b.op('Add', [sum, term]));
}

/** With the weight on the left where it lies so that this is faster: half the time for few rows, as it need not be repacked. */
function productTransposed(b: GraphBuilder, x: Value, weight: MatrixSpec): Value {
  if (weight.layout === 'out_in') return b.op('Gemm', [x, matrix(b, weight)]);
  const transposed = (y: Value) => b.op('Transpose', [y], { perm: [1, 0] });
  const { whole, features } = inWhole(b, x, weight);
  return transposed(b.op('MatMul', [matrix(b, whole), transposed(features)]));
}

/**
 * A part of a tensor as the whole, and features of the part as those of the whole, where the tensor would be cut into columns: copying them takes longer
 * than the product with all of them. What has to be widened is cut first.
 */
function inWhole(b: GraphBuilder, x: Value, weight: MatrixSpec): { readonly whole: MatrixSpec; readonly features: Value } {
  const { part, ...whole } = weight;
  if (part === undefined || part.every || isEmpty(weight) || isNarrow(b, weight.tensor)) return { whole: weight, features: x };
  const after = part.of - part.offset - weight.outputs;
  return { whole: { ...whole, outputs: part.of }, features: b.op('Pad', [x, b.ints([0, part.offset, 0, after])]) };
}

/** x·W. [N, inputs] → [N, outputs] */
export function times(b: GraphBuilder, x: Value, weight: MatrixSpec): Value {
  return linear(b, x, { weight });
}

/** The same of several inputs at once, so that the weight is read, and widened, once. [Nᵢ, inputs] → [Nᵢ, outputs] */
export function timesTogether(b: GraphBuilder, inputs: readonly Value[], weight: MatrixSpec): Value[] {
  const product = times(b, b.op('Concat', inputs, { axis: 0 }), weight);
  const rows = b.op(
    'Concat',
    inputs.map((x) => rowCount(b, x)),
    { axis: 0 },
  );
  return b.ops('Split', [product, rows], { axis: 0 }, [...inputs.keys()]);
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
  if (!sideBySide(layers)) return layers.map(({ weight }) => cut(b, product, features(weight), 1));
  return b.ops('Split', [product, b.ints(widths)], { axis: 1 }, [...layers.keys()]);
}

/** The layer that a tensor holds as a whole, if `layers` are its parts. */
export function fused(layers: readonly LinearSpec[]): LinearSpec | undefined {
  const [first] = layers;
  if (first?.weight.part === undefined) return undefined;
  const { tensor, layout, inputs, part, asStored } = first.weight;
  const together = layers.every(
    ({ weight, bias }) => weight.tensor === tensor && weight.asStored === asStored && bias?.tensor === first.bias?.tensor,
  );
  if (!together || layers.reduce((sum, { weight }) => sum + weight.outputs, 0) !== part.of) return undefined;
  const weight = { tensor, layout, inputs, outputs: part.of, ...(asStored && { asStored }) };
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
  return withInputRows(b, indices, weight, inputRowsAsStored(b, weight, indices));
}

function inputRowsAsStored(b: GraphBuilder, weight: MatrixSpec, indices: Value): Value {
  const { tensor, layout } = weight;
  if (isEmpty(weight)) return b.op('Gather', [b.floats([], [weight.inputs, weight.outputs]), indices], { axis: 0 });
  if (isSliced(b, weight)) return inputsOfRows(b, weight, indices);
  if (layout === 'in_out')
    return cut(
      b,
      storedRows(b, tensor, (all) => b.op('Gather', [all, indices], { axis: 0 })),
      features(weight),
      1,
    );
  const columns = b.op('Gather', [cut(b, stored(b, tensor), features(weight), 0), indices], { axis: 1 });
  return widen(b, b.op('Transpose', [columns], { perm: [1, 0] }), tensor);
}

/** Output feature i's column of a weight: what it reads. [n] indices → [n, inputs] */
export function outputColumns(b: GraphBuilder, weight: MatrixSpec, indices: Value): Value {
  return withOutputColumns(b, indices, weight, outputColumnsAsStored(b, weight, indices));
}

function outputColumnsAsStored(b: GraphBuilder, weight: MatrixSpec, indices: Value): Value {
  const { tensor, layout } = weight;
  const axis = featureAxis(weight);
  if (isEmpty(weight)) return b.op('Gather', [b.floats([], [weight.outputs, weight.inputs]), indices], { axis: 0 });
  if (layout === 'out_in') return storedRows(b, tensor, (all) => b.op('Gather', [cut(b, all, features(weight), axis), indices], { axis }));
  const taken = b.op('Gather', [cut(b, stored(b, tensor), features(weight), axis), indices], { axis });
  return widen(b, b.op('Transpose', [taken], { perm: [1, 0] }), tensor);
}

/** Euclidean norm of each input feature's row, whose features are first multiplied with `factors` [1,outputs]. [inputs] */
export function inputRowNorms(b: GraphBuilder, weight: MatrixSpec, factors: Value | null): Value {
  const axis = featureAxis(weight);
  if (isSliced(b, weight) && updateOf(b, weight) === undefined) {
    const given = factors ?? b.floats([...new Float32Array(weight.outputs).fill(1)], [1, weight.outputs]);
    return reshape(b, b.op('Sqrt', [squaresOfRows(b, weight, given)]), [-1]);
  }
  const whole = withWhole(b, weight, matrix(b, weight));
  const scaled = factors ? b.op('Mul', [whole, reshape(b, factors, axis === 1 ? [1, -1] : [-1, 1])]) : whole;
  return b.op('ReduceL2', [scaled, b.ints([axis])], { keepdims: 0 });
}
