import assert from 'node:assert/strict';
import type { LensRequest } from '../../src/core/pass/lens';
import { rowOf } from '../../src/core/pass/vector';
import { maxDifference, openFixture, type Fixture } from './fixture';

/** Rows that are read at once. */
const BATCH = 256;

describe('Rows that are read for what one of them predicts', () => {
  let fixture: Fixture;
  before(async () => {
    fixture = await openFixture('trained');
  });

  for (const count of [1, 9, BATCH, BATCH + 1, BATCH + 2, 2 * BATCH + 9]) {
    for (const predictedBy of new Set([0, 8, BATCH - 1, BATCH, count - 1].filter((row) => row < count))) {
      it(`are read alike, ${count} of them, where row ${predictedBy} predicts and where its prediction is given`, async () => {
        const { pass, position } = fixture;
        const { dModel: d } = pass.model;
        const rows = Float32Array.from({ length: count * d }, (_, i) => Math.sin(i * (1 + (i % 7))));
        const ask = { k: 3, position } satisfies Omit<LensRequest, 'target'>;
        const alone = await pass.read(rowOf(rows, predictedBy, d).slice(), { ...ask, target: { predictedBy: 0 } });
        const learnt = await pass.read(rows, { ...ask, target: { predictedBy } });
        const given = await pass.read(rows, { ...ask, target: { id: alone.target } });
        assert.equal(learnt.target, alone.target);
        assert.equal(learnt.target, learnt.topIds[predictedBy * 3]);
        for (const name of ['topIds', 'topLogits', 'targetLogits', 'targetProbabilities', 'targetRanks', 'entropies', 'shares'] as const)
          assert.ok(maxDifference(learnt[name], given[name]) <= 1e-5, name);
      });
    }
  }
});
