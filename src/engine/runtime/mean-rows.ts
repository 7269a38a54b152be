/** The mean of matrices of unequal length, aligned at their last rows: each row over the matrices that have it. */
export class MeanRows {
  readonly #sum: Float64Array;
  readonly #counts: Uint32Array;

  /**
   * @param count rows of the mean
   * @param width of each row
   */
  constructor(
    private readonly count: number,
    private readonly width: number,
  ) {
    this.#sum = new Float64Array(count * width);
    this.#counts = new Uint32Array(count);
  }

  /** Takes a matrix in; of a longer one the last rows. [·,width] */
  add(matrix: Float32Array): void {
    if (this.width === 0) return;
    const rows = matrix.length / this.width;
    const used = Math.min(rows, this.count);
    const [from, to] = [(rows - used) * this.width, (this.count - used) * this.width];
    for (let i = 0; i < used * this.width; i++) this.#sum[to + i] += matrix[from + i];
    for (let row = this.count - used; row < this.count; row++) this.#counts[row]++;
  }

  /** [count,width]; a row that no matrix had is 0 */
  rows(): Float32Array {
    return Float32Array.from(this.#sum, (x, i) => x / Math.max(1, this.#counts[Math.floor(i / this.width)]));
  }
}
