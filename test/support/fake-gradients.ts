/** Gradients of a `FakePass` in plain arithmetic: random numbers, 0 after the position that is asked for, whose sums hold. */
import type { BlockGradients, FeedForwardGradients, PassGradients, QuantityAt } from '../../src/core/pass/gradients';
import { norm, rowOf } from '../../src/core/pass/vector';
import type { FakePass } from './fake-pass';

/** Σ over positions of x_i ⊗ y_i, [width of y, width of x]: one row a neuron. */
export function outerProducts(x: Float32Array, y: Float32Array, positions: number): Float32Array[] {
  const [wide, high] = [x.length / positions, y.length / positions];
  return Array.from({ length: high }, (_, n) =>
    Float32Array.from({ length: wide }, (__, c) => {
      let sum = 0;
      for (let i = 0; i < positions; i++) sum += x[i * wide + c] * y[i * high + n];
      return sum;
    }),
  );
}

/**
 * @param more what is different
 * @param more.gated whether the feed-forward layers have a gate
 * @param more.silent positions at which nothing changes the quantity
 */
export function fakeGradients(
  pass: FakePass,
  at: QuantityAt,
  { gated = false, silent = [], ...more }: { gated?: boolean; silent?: readonly number[]; saturated?: 'softmax' | 'soft-cap' } = {},
): PassGradients {
  const { nLayers, dModel: d, dMlp } = pass.model;
  const T = pass.tokens.length;
  let state = 1;
  const next = () => ((state = (state * 16_807) % 2_147_483_647) / 2_147_483_647 - 0.5) / 10;
  const random = (width: number): Float32Array =>
    Float32Array.from({ length: T * width }, (_, i) => {
      const position = Math.floor(i / width);
      const value = next();
      return position > at.position || silent.includes(position) ? 0 : value;
    });
  const neuronNorms = (x: Float32Array, y: Float32Array) => Float32Array.from(outerProducts(x, y, T), norm);
  const feedForward = (): FeedForwardGradients => {
    const [read, coefficients, up, down] = [random(d), random(dMlp), random(dMlp), random(d)];
    const gate = gated ? random(dMlp) : undefined;
    return {
      read,
      coefficients,
      up,
      ...(gate && { gate }),
      down,
      neuronNorms: {
        up: neuronNorms(read, up),
        ...(gate && { gate: neuronNorms(read, gate) }),
        down: neuronNorms(down, coefficients),
      },
    };
  };
  const block = (): BlockGradients => ({
    q: random(d),
    k: random(d),
    v: random(d),
    z: random(d),
    attnOut: random(d),
    mlpPost: random(dMlp),
    mlpOut: random(d),
  });
  const blocks = Array.from({ length: nLayers }, block);
  const feedForwards = Array.from({ length: nLayers }, feedForward);
  const final = new Float32Array(T * d);
  final.set(rowOf(random(d), at.position, d), at.position * d);
  return {
    ...at,
    value: -1.5,
    stream: [...Array.from({ length: nLayers }, () => random(d)), final],
    ...(more.saturated && { saturated: more.saturated }),
    block: async (layer) => blocks[layer],
    feedForward: async (layer) => feedForwards[layer],
  };
}
