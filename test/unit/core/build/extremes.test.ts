/** The largest and the smallest of many figures are those that an order of all of them would begin and end with. */
import assert from 'node:assert/strict';
import { extremes, type InQuestion } from '../../../../src/core/build/extremes';
import { orderDescending } from '../../../../src/core/pass/vector';

/** The same by an order of all of them. */
function byOrder(figures: Float32Array, top: number, bottom: number, { always = [], isOut = () => false }: InQuestion): number[] {
  const order = orderDescending(figures).filter((index) => always.includes(index) || !isOut(index));
  return order.filter((index, rank) => rank < top || rank >= order.length - bottom || always.includes(index));
}

describe('extremes of many figures', () => {
  const many = Float32Array.from({ length: 300 }, (_, i) => Math.sin(i * i));
  const ties = Float32Array.from({ length: 300 }, (_, i) => (i * 7) % 5);
  const infinite = Float32Array.of(1, Infinity, 2, -Infinity, Infinity, 0, -0, -3);

  for (const [name, figures] of Object.entries({ many, ties, infinite, one: Float32Array.of(4), none: new Float32Array() })) {
    it(`are those of an order: ${name}`, () => {
      const last = figures.length - 1;
      const questions: InQuestion[] = [
        {},
        { always: last < 0 ? [] : [Math.floor(last / 2), last] },
        { isOut: (i) => i % 3 === 1, always: last < 4 ? [] : [4] },
      ];
      for (const question of questions)
        for (const top of [0, 1, 7, 400])
          for (const bottom of [0, 1, 7, 400])
            assert.deepEqual(extremes(figures, top, bottom, question), byOrder(figures, top, bottom, question), `${top} and ${bottom}`);
    });
  }

  it('come in the order of their figures', () => {
    assert.deepEqual(extremes(Float32Array.of(5, 1, 9, 3, 7, 3), 2, 3), [2, 4, 3, 5, 1]);
  });
});
