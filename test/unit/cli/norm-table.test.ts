import assert from 'node:assert/strict';
import type { NormFilter, NormFilters } from '../../../src/core/insight/norm-filters';
import { threeDigits } from '../../../src/cli/output/figures';
import { normTable } from '../../../src/cli/output/norm-table';

describe('a figure of three digits', () => {
  it('has no exponent as long as it is of everyday size', () => {
    const shown = [0, 0.04204, 1, 12.345, 999.4, 999.5, 999.7, 1234.5, 54321, 999_999, 0.00012345].map(threeDigits);
    assert.deepEqual(shown, ['0.00', '0.0420', '1.00', '12.3', '999', '1000', '1000', '1235', '54321', '999999', '0.000123']);
  });

  it('has one where zeros would have to be counted', () => {
    assert.deepEqual([1e6, 2.5e-8].map(threeDigits), ['1.00e+6', '2.50e-8']);
  });
});

describe('the table of norms', () => {
  it('shows the lengths of large models as plain numbers, and its columns stay aligned', () => {
    const norm = (layer: number, before: number, after: number): NormFilter => ({
      kind: 'ln1',
      layer,
      before: [],
      after: [],
      kept: [],
      gained: [],
      lost: [],
      overlap: 0.5,
      cosine: 0.25,
      targetRank: { before: 7, after: 1 },
      length: { before, after },
    });
    const table = normTable({
      norms: [norm(0, 1234.5, 31.42), norm(1, 0.5, 20481.6)],
      target: { text: ' Tokyo' },
    } as unknown as NormFilters);
    const [head, ...lines] = table.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.split(/ {2,}/)[3]),
      ['1235 → 31.4', '0.500 → 20482'],
    );
    for (const line of lines) assert.equal(line.indexOf('7 → 1'), head.indexOf('rank of'));
  });
});
