import assert from 'node:assert/strict';
import type { CalibrationRow } from '../../../../src/core/insight/calibration';
import { estimateCaveat } from '../../../../src/core/present/estimate-caveat';

describe('what is said of an estimate', () => {
  const row = (depth: CalibrationRow['depth'], from: number, to: number, pearson: number, spearman: number): CalibrationRow => ({
    kind: 'head',
    place: 'last',
    depth,
    layers: { from, to },
    measured: 100,
    correlations: { estimated: { pearson, spearman } },
  });
  const calibration = {
    prompts: 124,
    rows: [row('all', 0, 7, 0.6, 0.8), row('early', 0, 2, 0.57, 0.7), row('middle', 3, 4, 0.95, 0.93), row('late', 5, 7, 0.95, -0.2)],
  };
  const head = (layer: number) => ({ kind: 'head', layer, place: 'last' }) as const;

  it('is how well such estimates did in this model, where that was poorly', () => {
    assert.match(estimateCaveat(head(1), calibration) ?? '', /layers 0 to 2: correlation 0\.57 .* 124 prompts/);
    assert.match(estimateCaveat(head(6), calibration) ?? '', /layers 5 to 7: correlation −0\.20/);
    assert.equal(estimateCaveat(head(4), calibration), null);
  });

  it('is what holds for most models, where nothing was measured of such components', () => {
    assert.equal(estimateCaveat(head(1), null), null);
    assert.match(estimateCaveat({ ...head(1), place: 'first' }, null) ?? '', /first position/);
    assert.match(estimateCaveat({ kind: 'mlp', layer: 1, place: 'last' }, calibration) ?? '', /whole layer/);
    assert.equal(estimateCaveat({ kind: 'neuron', layer: 1, place: 'last' }, null), null);
    const unknown = { ...calibration, rows: [{ ...row('early', 0, 2, 0, 0), correlations: { estimated: null } }] };
    assert.equal(estimateCaveat(head(1), unknown), null);
  });
});
