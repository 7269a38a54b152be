import assert from 'node:assert/strict';
import fc from 'fast-check';
import { filesOfLane, laneName, lanes, testFiles } from '../../../scripts/test/lanes.mjs';

const sizes = fc.array(fc.record({ size: fc.nat(50_000) }));

describe('the lanes of a stage', () => {
  it('run every file once between them, each in the order of its files', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 5 }), (files, count) => {
        const dealt = lanes(count).map((lane) => filesOfLane(files, lane));
        assert.equal(dealt.flat().length, files.length);
        assert.equal(new Set(dealt.flat()).size, files.length);
        for (const own of dealt) {
          const places = own.map((file) => files.indexOf(file));
          assert.deepEqual(
            places,
            [...places].sort((a, b) => a - b),
          );
        }
      }),
    );
  });

  it('differ by no more than one file', () => {
    fc.assert(
      fc.property(sizes, (files) => {
        const [one = 0, other = 0] = lanes(2).map((lane) => filesOfLane(files, lane).reduce((sum, { size }) => sum + size, 0));
        assert.ok(Math.abs(one - other) <= Math.max(0, ...files.map(({ size }) => size)));
      }),
    );
  });

  it('are named by their number where there is more than one', () => {
    assert.deepEqual(
      lanes(2).map((lane) => laneName('e2e', lane)),
      ['e2e 1 of 2', 'e2e 2 of 2'],
    );
    assert.deepEqual(
      lanes(1).map((lane) => laneName('unit', lane)),
      ['unit'],
    );
  });

  it('are dealt all files of tests in a folder and below it', async () => {
    const files = await testFiles(__dirname);
    assert.ok(files.some(({ path }) => path === __filename));
    assert.ok(files.some(({ path }) => path.includes('lint')));
    assert.ok(files.every(({ path, size }) => path.endsWith('.test.ts') && size > 0));
  });
});
