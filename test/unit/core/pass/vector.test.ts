import assert from 'node:assert/strict';
import { cosine } from '../../../../src/core/pass/vector';

const vector = (...values: number[]): Float32Array => Float32Array.from(values);

describe('The cosine of two vectors', () => {
  it('is exactly 1 for equal ones, whatever rounding makes of their lengths', () => {
    const x = Float32Array.from({ length: 96 }, (_, i) => Math.sin(i) * 1e-3);
    assert.equal(cosine(x, x.slice()), 1);
  });

  it('is 1 for two zero vectors, which are equal, and 0 where only one is zero', () => {
    assert.equal(cosine(vector(0, 0), vector(0, 0)), 1);
    assert.equal(cosine(vector(0, 0), vector(1, 2)), 0);
    assert.equal(cosine(vector(1, 2), vector(0, 0)), 0);
  });

  it('tells direction, not length', () => {
    assert.equal(cosine(vector(1, 0), vector(0, 5)), 0);
    assert.equal(cosine(vector(1, 2), vector(-2, -4)), -1);
  });
});
