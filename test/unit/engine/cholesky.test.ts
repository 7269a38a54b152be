import assert from 'node:assert/strict';
import fc from 'fast-check';
import { solvePositiveDefinite } from '../../../src/engine/runtime/fitting/cholesky';

/** [d,d]·[d,m] */
function times(a: Float64Array, x: Float64Array, d: number): Float64Array {
  const m = x.length / d;
  return Float64Array.from({ length: d * m }, (_, at) => {
    let sum = 0;
    for (let k = 0; k < d; k++) sum += a[Math.floor(at / m) * d + k] * x[k * m + (at % m)];
    return sum;
  });
}

describe('Systems with a positive definite matrix', () => {
  const numbers = (length: number) => fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: length, maxLength: length });

  it('are solved, whatever their size and the number of right-hand sides', () => {
    const systems = fc
      .record({ d: fc.integer({ min: 1, max: 9 }), m: fc.integer({ min: 1, max: 100 }) })
      .chain(({ d, m }) => fc.record({ d: fc.constant(d), root: numbers(d * d), x: numbers(d * m) }));
    fc.assert(
      fc.property(systems, ({ d, root, x }) => {
        const wanted = Float64Array.from(x);
        const r = Float64Array.from(root);
        const transposed = r.map((_, at) => r[(at % d) * d + Math.floor(at / d)]);
        // rᵀr + I is positive definite, and never nearly singular.
        const a = times(transposed, r, d).map((value, at) => value + (at % (d + 1) === 0 ? 1 : 0));
        const solution = times(a, wanted, d);
        solvePositiveDefinite(a.slice(), solution, d);
        solution.forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) < 1e-8, `${value} instead of ${wanted[at]}`));
      }),
    );
  });

  it('are refused where the matrix is not positive definite, or no number at all', () => {
    assert.throws(
      () => solvePositiveDefinite(Float64Array.of(1, 2, 2, 1), new Float64Array(2), 2),
      /not positive definite: pivot 1 of 2 is -3/,
    );
    assert.throws(() => solvePositiveDefinite(Float64Array.of(NaN), new Float64Array(1), 1), /pivot 0 of 1 is NaN/);
  });
});
