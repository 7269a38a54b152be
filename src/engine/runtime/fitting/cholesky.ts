import { Problem } from '../../../core/problem';

/**
 * Solves A·X = B where A is symmetric and positive definite: by Cholesky's decomposition, in rows, which processors read quickly. For
 * 768 features in a sixth of the time that ml-matrix takes (docs/dependencies.md).
 *
 * @param a [d,d] row-major; becomes the decomposition
 * @param b [d,m] row-major; becomes the solution X
 * @throws Problem `internal` where A is not positive definite
 */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array, d: number): void {
  decompose(a, d);
  const m = b.length / d;
  for (let from = 0; from < m; from += COLUMNS) {
    const width = Math.min(COLUMNS, m - from);
    const block = new Float64Array(d * width);
    for (let i = 0; i < d; i++) block.set(b.subarray(i * m + from, i * m + from + width), i * width);
    substitute(a, block, d, width);
    for (let i = 0; i < d; i++) b.set(block.subarray(i * width, (i + 1) * width), i * m + from);
  }
}

/** Columns that are solved together, so that a processor's cache holds them. */
const COLUMNS = 48;

/** Forwards through L and back through Lᵀ. @param x [d,width] */
function substitute(a: Float64Array, x: Float64Array, d: number, width: number): void {
  for (let i = 0; i < d; i++) {
    for (let k = 0; k < i; k++) subtractRow(x, width, i, k, a[i * d + k]);
    divideRow(x, width, i, a[i * d + i]);
  }
  for (let i = d - 1; i >= 0; i--) {
    for (let k = i + 1; k < d; k++) subtractRow(x, width, i, k, a[k * d + i]);
    divideRow(x, width, i, a[i * d + i]);
  }
}

/** The lower triangle of `a` becomes L with L·Lᵀ = A; what is above it is left as it is. */
function decompose(a: Float64Array, d: number): void {
  for (let i = 0; i < d; i++) {
    const left = a.subarray(i * d, i * d + i);
    for (let j = 0; j < i; j++) a[i * d + j] = (a[i * d + j] - product(left, a.subarray(j * d, j * d + j))) / a[j * d + j];
    const square = a[i * d + i] - product(left, left);
    if (!(square > 0))
      throw new Problem('internal', `The covariance of the stream is not positive definite: pivot ${i} of ${d} is ${square}.`);
    a[i * d + i] = Math.sqrt(square);
  }
}

/** Of as many leading numbers as `y` has. */
function product(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < y.length; i++) sum += x[i] * y[i];
  return sum;
}

/** Row i less row k times a number. */
function subtractRow(x: Float64Array, width: number, i: number, k: number, times: number): void {
  const [to, from] = [i * width, k * width];
  for (let c = 0; c < width; c++) x[to + c] -= times * x[from + c];
}

function divideRow(x: Float64Array, width: number, i: number, by: number): void {
  for (let c = i * width; c < (i + 1) * width; c++) x[c] /= by;
}
