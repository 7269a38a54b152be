import assert from 'node:assert/strict';
import type { CalibrationRow } from '../../../../src/core/insight/calibration';
import { estimateWorth, placeOf, poorRows } from '../../../../src/core/present/estimate-worth';

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
    of: 'centred',
    prompts: 124,
    rows: [row('all', 0, 7, 0.6, 0.8), row('early', 0, 2, 0.57, 0.7), row('middle', 3, 4, 0.95, 0.93), row('late', 5, 7, 0.95, -0.2)],
  } as const;
  const head = (layer: number) => ({ kind: 'head', layer, place: 'last', of: 'centred' }) as const;

  it('is how well such estimates did in this model', () => {
    const poor = estimateWorth(head(1), calibration);
    assert.deepEqual(
      [poor?.isPoor, /heads of layers 0 to 2 .* poor: correlation 0\.57 .* 124 prompts/.test(poor?.sentence ?? '')],
      [true, true],
    );
    assert.match(estimateWorth(head(6), calibration)?.sentence ?? '', /layers 5 to 7 .*: correlation −0\.20/);
    const good = estimateWorth(head(4), calibration);
    assert.deepEqual([good?.isPoor, /layers 3 to 4 .* are good: correlation 0\.93/.test(good?.sentence ?? '')], [false, true]);
  });

  it('says what was calibrated, where the effect that is shown is on something else', () => {
    assert.doesNotMatch(estimateWorth(head(1), calibration)?.sentence ?? '', /That was for/);
    assert.match(estimateWorth({ ...head(1), of: 'difference' }, calibration)?.sentence ?? '', /That was for .* mean of all logits\.$/);
  });

  it('is what holds for most models, where nothing was measured of such components', () => {
    const sentence = (component: Parameters<typeof estimateWorth>[0], known: Parameters<typeof estimateWorth>[1]) =>
      estimateWorth(component, known)?.sentence ?? null;
    assert.equal(sentence(head(1), null), null);
    assert.match(sentence({ ...head(1), place: 'first' }, null) ?? '', /first position/);
    assert.match(sentence({ ...head(1), kind: 'mlp' }, calibration) ?? '', /whole layer/);
    assert.equal(sentence({ ...head(1), kind: 'neuron' }, null), null);
    const unknown = { ...calibration, rows: [{ ...row('early', 0, 2, 0, 0), correlations: { estimated: null } }] };
    assert.equal(sentence(head(1), unknown), null);
  });

  it('names the poor rows of several components once each', () => {
    assert.deepEqual(
      poorRows([head(0), head(1), head(3), head(6)], calibration).map(({ depth }) => depth),
      ['early', 'late'],
    );
  });

  it('sorts positions by the one under study', () => {
    assert.deepEqual([placeOf(0, 3), placeOf(2, 3), placeOf(3, 3), placeOf(0, 0)], ['first', 'earlier', 'last', 'last']);
  });
});
