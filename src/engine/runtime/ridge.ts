/** Ridge regression from running sums. */
import { CholeskyDecomposition, Matrix } from 'ml-matrix';

/** x ↦ x·map + offset. */
export interface AffineMap {
  /** [d,d], row-major */ readonly map: Float32Array;
  /** [d] */ readonly offset: Float32Array;
}

/** What is kept of all pairs (x, y) of rows of width d: memory does not grow with their number. */
export class NormalEquations {
  private count = 0;
  private readonly xx: Float64Array;
  private readonly xy: Float64Array;
  private readonly x: Float64Array;
  private readonly y: Float64Array;

  constructor(private readonly d: number) {
    this.xx = new Float64Array(d * d);
    this.xy = new Float64Array(d * d);
    this.x = new Float64Array(d);
    this.y = new Float64Array(d);
  }

  /** Adds rows [n,d], whose products xᵀx and xᵀy are known. */
  add(rows: { readonly x: Float32Array; readonly y: Float32Array }, xx: Float64Array, xy: Float64Array): void {
    const { d } = this;
    this.count += rows.x.length / d;
    rows.x.forEach((value, i) => (this.x[i % d] += value));
    rows.y.forEach((value, i) => (this.y[i % d] += value));
    for (let i = 0; i < xx.length; i++) {
      this.xx[i] += xx[i];
      this.xy[i] += xy[i];
    }
  }

  /**
   * The map that minimises the mean of ‖x·map + offset − y‖² plus ridge · v · ‖map‖², v the mean variance of the features of x. The offset is
   * not shrunk.
   */
  solve(ridge: number): AffineMap {
    const { d, count: n } = this;
    const centred = (sums: Float64Array, right: Float64Array): Matrix =>
      Matrix.from1DArray(
        d,
        d,
        sums.map((sum, i) => sum / n - (this.x[Math.floor(i / d)] / n) * (right[i % d] / n)),
      );
    const covariance = centred(this.xx, this.x);
    const strength = (ridge * covariance.trace()) / d;
    for (let i = 0; i < d; i++) covariance.set(i, i, covariance.get(i, i) + strength);
    const solution = new CholeskyDecomposition(covariance).solve(centred(this.xy, this.y));
    const map = Float32Array.from(solution.to1DArray());
    const offset = new Float32Array(d);
    for (let j = 0; j < d; j++) {
      let sum = this.y[j] / n;
      for (let i = 0; i < d; i++) sum -= (this.x[i] / n) * solution.get(i, j);
      offset[j] = sum;
    }
    return { map, offset };
  }
}
