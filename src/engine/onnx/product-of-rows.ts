/**
 * Products with quantised weights [outputs, inputs], which are never whole in memory as F32. Where there is code for their blocks, some
 * rows at a time are read and dequantised for a stage of the graph (see `stages.ts`). Else the graph does it: a slice of some rows is dequantised and used at
 * once, inside a loop. Slices that fit a core's cache are several times faster there than the whole.
 */
import type { MatrixSpec } from '../../model/architecture/model-spec';
import type { GraphBuilder, Value } from './graph-builder';
import { reshape, rowCount } from './shapes';
import { allRows, sliceOfRows, slicesOfRows, streamedRows } from './stored';

/** x·W [N,inputs] → [N,outputs] */
export function timesRows(b: GraphBuilder, x: Value, weight: MatrixSpec): Value {
  return joined(b, weight, (rows) => b.op('Gemm', [x, rows], { transB: 1 }));
}

/**
 * The same, and of the same slices the mean of all rows: dequantising a vocabulary takes about as long as multiplying with it.
 *
 * @param wanted a truth value @returns product [N,outputs]; mean [1,inputs], zeros where it is not wanted
 */
export function timesRowsWithMean(b: GraphBuilder, x: Value, weight: MatrixSpec, wanted: Value): { product: Value; mean: Value } {
  const zero = b.floats(new Array<number>(weight.inputs).fill(0), [1, weight.inputs]);
  const sums = (rows: Value, sum: Value) =>
    b.either(
      wanted,
      () => b.op('Add', [sum, b.op('ReduceSum', [rows, b.ints([0])])]),
      () => sum,
    );
  const meanOf = (sum: Value) => b.op('Mul', [sum, b.floats([1 / weight.outputs])]);
  const streamed = streamedRows(b, weight);
  if (streamed) {
    // Each slice is added while it is there: the product and the sum of one before those of the next.
    let sum: Value = zero;
    const products = streamed.map(({ rows }) => {
      sum = sums(rows, sum);
      return b.op('Gemm', [x, rows], { transB: 1 });
    });
    return { product: concatenated(b, products), mean: meanOf(sum) };
  }
  const slices = slicesOfRows(b, weight);
  const { count } = slices;
  const { sums: added, stacked } = b.accumulated(b.ints(count), [zero], (index, [sum]) => {
    const rows = sliceOfRows(b, weight, slices, index);
    return { sums: [sums(rows, sum)], stacked: b.op('Gemm', [x, rows], { transB: 1 }) };
  });
  return { product: sideBySide(b, stacked, weight), mean: meanOf(added[0]) };
}

/** Input features' rows. [n] indices → [n,outputs] */
export function inputsOfRows(b: GraphBuilder, weight: MatrixSpec, indices: Value): Value {
  return joined(b, weight, (rows) => b.op('Transpose', [b.op('Gather', [rows, indices], { axis: 1 })], { perm: [1, 0] }));
}

/** x·Wᵀ [N,outputs] → [N,inputs] */
export function timesRowsTransposed(b: GraphBuilder, x: Value, weight: MatrixSpec): Value {
  return summed(b, x, weight, (rows, part, sum) => b.op('Gemm', [part, rows, sum]));
}

/** Sum of squares of each input feature's row, whose features are first multiplied with `factors` [1,outputs]. [1,inputs] */
export function squaresOfRows(b: GraphBuilder, weight: MatrixSpec, factors: Value): Value {
  return summed(b, factors, weight, (rows, part, sum) => {
    const scaled = b.op('Mul', [rows, reshape(b, part, [-1, 1])]);
    return b.op('Add', [sum, b.op('ReduceSumSquare', [scaled, b.ints([0])])]);
  });
}

/** What `of` makes of each slice of rows [height,inputs], side by side: [N,height] each → [N,outputs] */
function joined(b: GraphBuilder, weight: MatrixSpec, of: (rows: Value) => Value): Value {
  const streamed = streamedRows(b, weight);
  if (streamed)
    return concatenated(
      b,
      streamed.map(({ rows }) => of(rows)),
    );
  const slices = slicesOfRows(b, weight);
  const { count } = slices;
  if (count === 1) return of(allRows(b, weight));
  const stacked = b.stacked(b.ints(count), (index) => of(sliceOfRows(b, weight, slices, index)));
  return sideBySide(b, stacked, weight);
}

/** Values side by side, of which there may be one. */
function concatenated(b: GraphBuilder, parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0] : b.op('Concat', parts, { axis: 1 });
}

/** [slices,N,height] → [N,outputs] */
function sideBySide(b: GraphBuilder, stacked: Value, weight: MatrixSpec): Value {
  return reshape(b, b.op('Transpose', [stacked], { perm: [1, 0, 2] }), [0, weight.outputs]);
}

/** What `of` adds to a sum [N,inputs] for each slice of rows and the same part of x [N,outputs]. */
function summed(b: GraphBuilder, x: Value, weight: MatrixSpec, of: (rows: Value, part: Value, sum: Value) => Value): Value {
  const shape = b.op('Concat', [rowCount(b, x), b.ints([weight.inputs])], { axis: 0 });
  const zero = b.op('ConstantOfShape', [shape]);
  const streamed = streamedRows(b, weight);
  if (streamed) {
    const part = ({ from, length }: { readonly from: number; readonly length: number }) =>
      b.op('Slice', [x, b.ints([from]), b.ints([from + length]), b.ints([1])]);
    return streamed.reduce((sum, slice) => of(slice.rows, part(slice), sum), zero);
  }
  const slices = slicesOfRows(b, weight);
  const { count, height } = slices;
  if (count === 1) return of(allRows(b, weight), x, zero);
  const parts = b.op('Transpose', [reshape(b, x, [0, count, height])], { perm: [1, 0, 2] });
  const { sums } = b.accumulated(b.ints(count), [zero], (index, [sum]) => {
    const part = b.op('Gather', [parts, index], { axis: 0 });
    return { sums: [of(sliceOfRows(b, weight, slices, index), part, sum)], stacked: b.floats([0]) };
  });
  return sums[0];
}
