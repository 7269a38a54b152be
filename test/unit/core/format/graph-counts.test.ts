import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { countsFrom, DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { countsSchema, type GraphCounts } from '../../../../src/core/format/graph-counts';

describe('Counts', () => {
  it('are the defaults where nothing is given', () => {
    assert.deepEqual(
      countsFrom(() => undefined),
      DEFAULT_COUNTS,
    );
  });

  it('keep what is given, a zero too', () => {
    const given = { heads: 0, values: 3, top: 1, bottom: 0, tokens: 5 };
    assert.deepEqual(
      countsFrom((name) => given[name]),
      given,
    );
  });

  it('are the default in the place of what is no such count', () => {
    const given = { heads: -1, values: 0, top: 1.5, bottom: 'many', tokens: Number.NaN };
    assert.deepEqual(
      countsFrom((name) => given[name]),
      DEFAULT_COUNTS,
    );
  });

  it('are what the schema says they can be', () => {
    const anything = [-1, -0, 0, 1, 2, 1.5, 2 ** 53 - 1, 2 ** 53, Infinity, Number.NaN, '3', null, true, [4], {}, 5n];
    for (const name of Object.keys(DEFAULT_COUNTS) as (keyof GraphCounts)[]) {
      for (const given of anything) {
        const counts = countsFrom((each) => (each === name ? given : undefined));
        const expected = countsSchema.shape[name].safeParse(given).data ?? DEFAULT_COUNTS[name];
        assert.equal(counts[name], expected, `${name}: ${inspect(given)}`);
      }
    }
  });
});
