import assert from 'node:assert/strict';
import { randomNumbers } from '../../../../src/core/insight/random-sample';
import { NormalEquations } from '../../../../src/engine/runtime/ridge';

const D = 5;

/** Rows of a width with a mean far from 0. */
function pairs(n: number): { x: Float32Array; y: Float32Array } {
  const random = randomNumbers(7);
  const x = Float32Array.from({ length: n * D }, (_, i) => random() * 4 + (i % D));
  const y = Float32Array.from({ length: n * D }, (_, i) => x[i] * 2 - (x[(i + 1) % x.length] ?? 0) + random() + 3);
  return { x, y };
}

function product(a: Float32Array, b: Float32Array): Float64Array {
  const sums = new Float64Array(D * D);
  for (let row = 0; row < a.length; row += D)
    for (let i = 0; i < D; i++) for (let j = 0; j < D; j++) sums[i * D + j] += a[row + i] * b[row + j];
  return sums;
}

function added(to: NormalEquations, x: Float32Array, y: Float32Array): void {
  to.add({ x, y }, product(x, x), product(x, y));
}

describe('the ridge regression of a lens', () => {
  const { x, y } = pairs(200);
  const n = x.length / D;
  const mean = (rows: Float32Array): number[] =>
    Array.from({ length: D }, (_, i) => rows.reduce((sum, value, at) => (at % D === i ? sum + value / n : sum), 0));

  for (const ridge of [0, 0.1, 10]) {
    it(`is where the gradient of what it minimises is zero, at a strength of ${ridge}`, () => {
      const equations = new NormalEquations(D);
      added(equations, x, y);
      const { map, offset } = equations.solve(ridge);
      const centre = mean(x);
      const variance = x.reduce((sum, value, i) => sum + (value - centre[i % D]) ** 2 / n / D, 0);
      const residual = Float64Array.from(y, (value, at) => {
        const [row, j] = [at - (at % D), at % D];
        let said = offset[j];
        for (let i = 0; i < D; i++) said += x[row + i] * map[i * D + j];
        return said - value;
      });
      for (let j = 0; j < D; j++) {
        let ofOffset = 0;
        for (let row = 0; row < residual.length; row += D) ofOffset += residual[row + j] / n;
        assert.ok(Math.abs(ofOffset) < 1e-4, `offset ${j}: ${ofOffset}`);
        for (let i = 0; i < D; i++) {
          let gradient = ridge * variance * map[i * D + j];
          for (let row = 0; row < residual.length; row += D) gradient += ((x[row + i] - centre[i]) * residual[row + j]) / n;
          assert.ok(Math.abs(gradient) < 1e-4, `${i}, ${j}: ${gradient}`);
        }
      }
    });
  }

  it('does not depend on how the rows are cut into parts', () => {
    const [whole, parts] = [new NormalEquations(D), new NormalEquations(D)];
    added(whole, x, y);
    for (const [from, to] of [
      [0, 30],
      [30, 31],
      [31, n],
    ] as const)
      added(parts, x.subarray(from * D, to * D), y.subarray(from * D, to * D));
    const [one, other] = [whole.solve(0.01), parts.solve(0.01)];
    one.map.forEach((value, i) => assert.ok(Math.abs(value - other.map[i]) < 1e-5));
  });
});
