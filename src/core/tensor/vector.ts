/** Arithmetic on rows of row-major matrices. */

/** Row `i` of a matrix of the given width, as a view. */
export function rowOf(matrix: Float32Array, i: number, width: number): Float32Array {
  return matrix.subarray(i * width, (i + 1) * width);
}

/** Euclidean norm, accumulated in double precision. */
export function norm(x: Float32Array): number {
  let sum = 0;
  for (const value of x) sum += value * value;
  return Math.sqrt(sum);
}

/** Sum of the chosen rows of a matrix. */
export function sumRows(matrix: Float32Array, rows: Iterable<number>, width: number): Float32Array {
  const sum = new Float32Array(width);
  for (const i of rows) {
    const row = rowOf(matrix, i, width);
    for (let c = 0; c < width; c++) sum[c] += row[c];
  }
  return sum;
}

/** Indices 0…n-1 ordered by falling value; equal values keep their order, so the result is deterministic. */
export function orderDescending(values: ArrayLike<number>): number[] {
  return Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
}
