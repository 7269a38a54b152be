import assert from 'node:assert/strict';
import { attribute } from '../../src/core/graph/attribution';
import { buildFlowGraph } from '../../src/core/graph/build';
import { fixtureNames, hasSummableLogits, openFixture, patient } from './fixture';

/** Shares are sums of hundreds of float32 products. */
const TOLERANCE = 1e-3;

for (const name of fixtureNames.filter(hasSummableLogits)) {
  it(`The summands that a graph of the ${name} checkpoint shows sum to the target’s logit, and to a difference of two`, async function () {
    this.timeout(60_000);
    const { loaded, pass, position, target } = await openFixture(name);
    const last = pass.model.nLayers - 1;
    const counts = { heads: 1, values: 2, top: 3, bottom: 2, tokens: 1 };
    for (const layers of [{ from: 0, to: last }, { from: last, to: last }, { from: 0, to: 0 }]) {
      for (const asked of [{ target: null }, { target: { id: 1 } }, { target: { id: target }, against: 1 }]) {
        const graph = await buildFlowGraph(pass, { layers, position, counts, ...asked }, patient);
        const { discrepancy, drawn, rest } = attribute(graph);
        assert(Math.abs(discrepancy) <= TOLERANCE, `${JSON.stringify({ layers, ...asked })}: off by ${discrepancy}`);
        assert(drawn > 0 && rest > 0);
      }
    }
    await loaded.release();
  });
}
