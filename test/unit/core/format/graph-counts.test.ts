import assert from 'node:assert/strict';
import { DEFAULT_COUNTS } from '../../../../src/core/format/default-counts';
import { countsFrom } from '../../../../src/core/format/graph-counts';

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
});
