import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ActivityCount } from '../../../../src/core/insight/activity-count';

describe('always-active neurons', () => {
  it('are those among the largest |coefficient| × norm in nearly every pass', () => {
    const count = new ActivityCount([Float32Array.of(1, 1, 10, 1)], 2);
    count.add(0, Float32Array.of(0.1, -5, 1, 0.2)); // 1 and 2
    count.add(0, Float32Array.of(9, 0.1, -1, 0.2)); // 2 and 0
    assert.deepEqual(
      count.atLeast(1).map(({ neuron }) => neuron),
      [2],
    );
    assert.deepEqual(
      count.atLeast(0.5).map(({ neuron, frequency }) => [neuron, frequency]),
      [
        [2, 1],
        [0, 0.5],
        [1, 0.5],
      ],
    );
  });

  it('are of each pass exactly as many as count as active, whatever is level with what', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 12 }),
        (coefficients, perLayer) => {
          const count = new ActivityCount([new Float32Array(coefficients.length).fill(1)], perLayer);
          count.add(0, Float32Array.from(coefficients));
          const sorted = coefficients
            .map((c, neuron) => ({ neuron, reach: Math.abs(c) }))
            .sort((a, b) => b.reach - a.reach || a.neuron - b.neuron);
          const active = count
            .atLeast(1)
            .map(({ neuron }) => neuron)
            .sort((a, b) => a - b);
          assert.deepEqual(
            active,
            sorted
              .slice(0, perLayer)
              .map(({ neuron }) => neuron)
              .sort((a, b) => a - b),
          );
        },
      ),
    );
  });

  it('come with mean and deviation over all passes, active in them or not', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), { minLength: 1, maxLength: 30 }), (coefficients) => {
        const count = new ActivityCount([Float32Array.of(1)], 1);
        for (const c of coefficients) count.add(0, Float32Array.of(c));
        const [neuron] = count.atLeast(1);
        const mean = coefficients.reduce((sum, c) => sum + c, 0) / coefficients.length;
        const variance = coefficients.reduce((sum, c) => sum + (c - mean) ** 2, 0) / coefficients.length;
        assert.ok(neuron && Math.abs(neuron.mean - mean) < 1e-3 && Math.abs(neuron.deviation - Math.sqrt(variance)) < 1e-3);
      }),
    );
  });

  it('are counted by layer, and none are found without a pass', () => {
    const count = new ActivityCount([Float32Array.of(1, 2), Float32Array.of(1, 1)], 1);
    assert.deepEqual(count.atLeast(0), []);
    count.add(1, Float32Array.of(3, -4));
    assert.deepEqual(
      count.atLeast(0.9).map(({ layer, neuron }) => [layer, neuron]),
      [[1, 1]],
    );
  });
});
