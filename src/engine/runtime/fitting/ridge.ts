/** Ridge regression from running sums. */
import { solvePositiveDefinite } from './cholesky';

/** x ↦ x·map + offset. */
export interface AffineMap {
  /** [d,d], row-major */ readonly map: Float32Array;
  /** [d] */ readonly offset: Float32Array;
}

/** Sums over all pairs (x, y) of rows of width d. */
export interface RegressionSums {
  /** pairs */ readonly count: number;
  /** [d,d] xᵀx */ readonly xx: Float64Array;
  /** [d,d] xᵀy */ readonly xy: Float64Array;
  /** [d] */ readonly x: Float64Array;
  /** [d] */ readonly y: Float64Array;
}

/** What is solved again for every strength: covariances, and the means. */
export interface Regression {
  readonly d: number;
  /** [d,d] of x */ readonly covariance: Float64Array;
  /** [d,d] of x and y */ readonly crossed: Float64Array;
  /** [d] */ readonly meanX: Float64Array;
  /** [d] */ readonly meanY: Float64Array;
}

/** Centres the sums. */
export function regression({ count: n, xx, xy, x, y }: RegressionSums): Regression {
  const d = x.length;
  const [meanX, meanY] = [x.map((sum) => sum / n), y.map((sum) => sum / n)];
  const centred = (sums: Float64Array, right: Float64Array): Float64Array =>
    sums.map((sum, i) => sum / n - meanX[Math.floor(i / d)] * right[i % d]);
  return { d, covariance: centred(xx, meanX), crossed: centred(xy, meanY), meanX, meanY };
}

/** From the logit lens (0) to a map (1): I + part · (map − I), part · offset. */
export function partOfTheWay({ map, offset }: AffineMap, part: number): AffineMap {
  const d = offset.length;
  return {
    map: map.map((value, i) => part * value + (i % (d + 1) === 0 ? 1 - part : 0)),
    offset: offset.map((value) => part * value),
  };
}

/**
 * The map that minimises the mean of ‖x·map + offset − y‖² plus ridge · v · ‖map − I‖², v the mean variance of the features of x: a strong ridge
 * leads to the logit lens, not to nothing. The offset is not shrunk.
 */
export function solveRidge({ d, covariance, crossed, meanX, meanY }: Regression, ridge: number): AffineMap {
  let trace = 0;
  for (let i = 0; i < d; i++) trace += covariance[i * (d + 1)];
  const strength = (ridge * trace) / d;
  const left = covariance.slice();
  const map = crossed.slice();
  for (let i = 0; i < d; i++) {
    left[i * (d + 1)] += strength;
    map[i * (d + 1)] += strength;
  }
  solvePositiveDefinite(left, map, d);
  const offset = new Float32Array(d);
  for (let j = 0; j < d; j++) {
    let sum = meanY[j];
    for (let i = 0; i < d; i++) sum -= meanX[i] * map[i * d + j];
    offset[j] = sum;
  }
  return { map: Float32Array.from(map), offset };
}
