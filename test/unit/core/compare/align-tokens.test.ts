import assert from 'node:assert/strict';
import fc from 'fast-check';
import { alignTokens, counterparts } from '../../../../src/core/compare/align-tokens';
import type { Alignment } from '../../../../src/core/format/comparison';
import { examples } from '../../../support/examples';

/** Words as ids, the same word as the same id. */
function align(left: string, right: string): string {
  const words = [...new Set(`${left} ${right}`.split(' '))];
  const [l, r] = [left, right].map((text) => (text === '' ? [] : text.split(' ')));
  const ids = (list: readonly string[]): number[] => list.map((word) => words.indexOf(word));
  return alignTokens(ids(l), ids(r))
    .map(([i, j]) => `${i === null ? '–' : l[i]}/${j === null ? '–' : r[j]}`)
    .join(' ');
}

const equalPairs = (alignment: Alignment, a: readonly number[], b: readonly number[]): number =>
  alignment.filter(([i, j]) => i !== null && j !== null && a[i] === b[j]).length;

/** Length of the longest common subsequence, from its definition. */
function longestCommon(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) return 0;
  const [x, y] = [a.slice(1), b.slice(1)];
  return a[0] === b[0] ? 1 + longestCommon(x, y) : Math.max(longestCommon(x, b), longestCommon(a, y));
}

const tokens = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 9 });

describe('alignTokens', () => {
  it('lets one country stand for another', () => {
    assert.equal(align('The capital of Japan is', 'The capital of France is'), 'The/The capital/capital of/of Japan/France is/is');
  });

  it('leaves out what the other prompt has no place for', () => {
    assert.equal(
      align('The capital of Japan is', 'The capital of the Republic of Korea is'),
      'The/The capital/capital –/of –/the –/Republic of/of Japan/Korea is/is',
    );
  });

  it('aligns from the end where nothing else decides', () => {
    assert.equal(align('a b c', 'x'), 'a/– b/– c/x');
    assert.equal(align('no no', 'no'), 'no/– no/no');
  });

  it('aligns a prompt with nothing', () => {
    assert.deepEqual(alignTokens([], [7]), [[null, 0]]);
    assert.deepEqual(alignTokens([], []), []);
  });

  it('names every position once and in order', () => {
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        const alignment = alignTokens(a, b);
        assert.deepEqual(
          alignment.flatMap(([i]) => (i === null ? [] : [i])),
          a.map((_, i) => i),
        );
        assert.deepEqual(
          alignment.flatMap(([, j]) => (j === null ? [] : [j])),
          b.map((_, j) => j),
        );
        assert.ok(alignment.every(([i, j]) => i !== null || j !== null));
      }),
    );
  });

  it('pairs as many equal tokens as any alignment can', () => {
    fc.assert(fc.property(tokens, tokens, (a, b) => assert.equal(equalPairs(alignTokens(a, b), a, b), longestCommon(a, b))));
  });

  it('pairs every token of a prompt with itself', () => {
    fc.assert(
      fc.property(tokens, (a) =>
        assert.deepEqual(
          alignTokens(a, a),
          a.map((_, i) => [i, i]),
        ),
      ),
    );
  });

  it('mirrors when the prompts are swapped', () => {
    fc.assert(
      fc.property(tokens, tokens, (a, b) => {
        assert.deepEqual(
          alignTokens(b, a),
          alignTokens(a, b).map(([i, j]) => [j, i]),
        );
      }),
      { numRuns: examples(1000) },
    );
  });

  it('pairs the ends of two prompts that end alike', () => {
    fc.assert(
      fc.property(tokens, tokens, tokens, (a, b, end) => {
        const counterpart = counterparts(alignTokens([...a, ...end], [...b, ...end]), 'left');
        assert.deepEqual(
          counterpart.slice(a.length),
          end.map((_, i) => b.length + i),
        );
      }),
    );
  });

  it('aligns prompts too long for an exact search from the end', () => {
    const a = Array.from({ length: 5000 }, (_, i) => i);
    const b = Array.from({ length: 5001 }, (_, i) => -i);
    assert.deepEqual(alignTokens(a, b).slice(0, 2), [
      [null, 0],
      [0, 1],
    ]);
  });
});
