import assert from 'node:assert/strict';
import { showBytes } from '../../../../src/core/text/bytes';

describe('amounts of data', () => {
  const cases: [bytes: number, text: string][] = [
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.00 kB'],
    [17_340_000, '17.3 MB'],
    [548_105_171, '548 MB'],
    [13_476_839_424, '13.5 GB'],
    [2e15, '2000 TB'],
  ];
  for (const [bytes, text] of cases) it(`${bytes} reads ${text}`, () => assert.equal(showBytes(bytes), text));
});
