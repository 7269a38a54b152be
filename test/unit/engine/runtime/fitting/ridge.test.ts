import assert from 'node:assert/strict';
import { randomNumbers } from '../../../../../src/core/insight/random-sample';
import { ExactSum } from '../../../../../src/engine/runtime/fitting/exact-sum';
import { partOfTheWay, regression, solveRidge, type AffineMap } from '../../../../../src/engine/runtime/fitting/ridge';
import { columnSums } from '../../../../../src/engine/runtime/fitting/fitted-model';

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

function solved(x: Float32Array, y: Float32Array, ridge: number): AffineMap {
  const sums = { count: x.length / D, xx: product(x, x), xy: product(x, y), x: columnSums(x, D), y: columnSums(y, D) };
  return solveRidge(regression(sums), ridge);
}

describe('the ridge regression of a lens', () => {
  const { x, y } = pairs(200);
  const n = x.length / D;
  const mean = (rows: Float32Array): number[] =>
    Array.from({ length: D }, (_, i) => rows.reduce((sum, value, at) => (at % D === i ? sum + value / n : sum), 0));

  for (const ridge of [0, 0.1, 10]) {
    it(`is where the gradient of what it minimises is zero, at a strength of ${ridge}`, () => {
      const { map, offset } = solved(x, y, ridge);
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
          let gradient = ridge * variance * (map[i * D + j] - (i === j ? 1 : 0));
          for (let row = 0; row < residual.length; row += D) gradient += ((x[row + i] - centre[i]) * residual[row + j]) / n;
          assert.ok(Math.abs(gradient) < 1e-4, `${i}, ${j}: ${gradient}`);
        }
      }
    });
  }

  it('leads to the identity, and so to the logit lens, when it is strong', () => {
    const { map } = solved(x, y, 1e9);
    map.forEach((value, i) => assert.ok(Math.abs(value - (i % (D + 1) === 0 ? 1 : 0)) < 1e-6));
  });

  it('can be gone part of the way to', () => {
    const solution = solved(x, y, 0.1);
    assert.deepEqual(partOfTheWay(solution, 1), solution);
    const half = partOfTheWay(solution, 0.5);
    assert.equal(half.map[1], Math.fround(solution.map[1] / 2));
    assert.equal(half.map[0], Math.fround(0.5 * solution.map[0] + 0.5));
    assert.equal(half.offset[2], Math.fround(solution.offset[2] / 2));
  });
});

describe('a sum in twice the precision of a double', () => {
  it('is the same in whatever order its parts come, where a plain sum is not', () => {
    const random = randomNumbers(3);
    const values = Array.from({ length: 1000 }, () => (random() - 0.5) * 10 ** Math.floor(random() * 12));
    const plain = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0);
    const exact = (of: readonly number[]): ExactSum => {
      const sum = new ExactSum(1);
      for (const value of of) sum.add(Float64Array.of(value));
      return sum;
    };
    const turned = values.toReversed();
    assert.notEqual(plain(values), plain(turned));
    const [one, two] = [exact(values), exact(turned)];
    assert.equal(one.total()[0], two.total()[0]);
    const shards = exact(values.filter((_, i) => i % 3 === 1));
    shards.merge(exact(values.filter((_, i) => i % 3 === 2)));
    shards.merge(exact(values.filter((_, i) => i % 3 === 0)));
    assert.equal(shards.total()[0], one.total()[0]);
  });
});
