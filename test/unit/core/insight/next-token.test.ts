import assert from 'node:assert/strict';
import { chooseNext } from '../../../../src/core/insight/next-token';

/** Logits of probabilities. */
const logitsOf = (...probabilities: number[]): Float32Array => Float32Array.from(probabilities, Math.log);
const close = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual} instead of ${expected}`);

describe('Choosing the next token', () => {
  const logits = logitsOf(0.1, 0.5, 0.25, 0.15);

  it('takes the most likely one, and lists what else it might have been', () => {
    const { id, probability, rank, top, entropy } = chooseNext(logits, { sampling: null, top: 2, position: 0 });
    assert.deepEqual([id, rank], [1, 1]);
    close(probability, 0.5);
    assert.deepEqual(
      top.map(({ id: listed }) => listed),
      [1, 2],
    );
    close(top[1].probability, 0.25);
    close(entropy, -[0.1, 0.5, 0.25, 0.15].reduce((sum, p) => sum + p * Math.log2(p), 0));
  });

  it('takes the first of those that are equally likely', () => {
    const { id, rank, top } = chooseNext(logitsOf(0.2, 0.4, 0.4), { sampling: null, top: 5, position: 0 });
    assert.deepEqual([id, rank, top.map(({ id: listed }) => listed)], [1, 1, [1, 2, 0]]);
  });

  /** How often each token is drawn at many positions. */
  const drawn = (sampling: { temperature: number; topK?: number; topP?: number }, of = logits): number[] => {
    const counts = [...of].map(() => 0);
    const times = 20_000;
    for (let position = 0; position < times; position++)
      counts[chooseNext(of, { sampling: { seed: 7, ...sampling }, top: 1, position }).id]++;
    return counts.map((count) => count / times);
  };
  const near = (actual: readonly number[], expected: readonly number[]): void =>
    actual.forEach((share, i) => assert.ok(Math.abs(share - expected[i]) < 0.015, `${actual.join(' ')} instead of ${expected.join(' ')}`));

  it('draws tokens as often as they are likely, at a temperature', () => {
    near(drawn({ temperature: 1 }), [0.1, 0.5, 0.25, 0.15]);
    const squares = [0.01, 0.25, 0.0625, 0.0225];
    const sum = squares.reduce((a, b) => a + b);
    near(
      drawn({ temperature: 0.5 }),
      squares.map((x) => x / sum),
    );
  });

  it('draws of the k most likely, ties with the last of them included, and of the fewest that are likely enough together', () => {
    near(drawn({ temperature: 1, topK: 2 }), [0, 2 / 3, 1 / 3, 0]);
    near(drawn({ temperature: 1, topK: 2 }, logitsOf(0.2, 0.4, 0.2, 0.2)), [0.2, 0.4, 0.2, 0.2]);
    near(drawn({ temperature: 1, topP: 0.5 }), [0, 1, 0, 0]);
    near(drawn({ temperature: 1, topP: 0.51 }), [0, 2 / 3, 1 / 3, 0]);
    // Of what top-k leaves, the first is 4 of 5 parts likely.
    near(drawn({ temperature: 1, topK: 2, topP: 0.7 }, logitsOf(0.4, 0.1, 0.07, 0.43 - 0.38)), [1, 0, 0, 0]);
  });

  it('draws the same with the same seed at the same place, whatever was drawn before, and other tokens with another seed', () => {
    const flat = new Float32Array(1000);
    const run = (seed: number) =>
      Array.from({ length: 20 }, (_, position) => chooseNext(flat, { sampling: { temperature: 1, seed }, top: 1, position }).id);
    assert.deepEqual(run(3), run(3));
    assert.notDeepEqual(run(3), run(4));
    assert.ok(new Set(run(3)).size > 15);
    assert.equal(chooseNext(flat, { sampling: { temperature: 1, seed: 3 }, top: 1, position: 12 }).id, run(3)[12]);
  });

  it('says how many are likelier than what was drawn', () => {
    const { id, rank, probability } = chooseNext(logits, { sampling: { temperature: 1e6, topK: 4, seed: 1 }, top: 1, position: 2 });
    assert.equal(rank, [1, 2, 3, 0].indexOf(id) + 1);
    close(probability, [0.1, 0.5, 0.25, 0.15][id]);
  });
});
