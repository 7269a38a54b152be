import assert from 'node:assert/strict';
import { attribute } from '../../../src/core/graph/attribution';
import { buildFlowGraph } from '../../../src/core/graph/build';
import { parseComponent } from '../../../src/core/graph/component';
import { fixtureNames, maxDifference, openFixture, patient, promptOf } from '../fixture';

const COUNTS = { heads: 1, values: 1, top: 2, bottom: 2, tokens: 1 };

/** Everything that can be changed, once off and once put in. */
const CHANGES = [
  ['blocks.0.attn.head.0', 'blocks.1.mlp.neuron.3'],
  ['blocks.0.attn.head.1.value.1', 'blocks.1.mlp'],
  ['blocks.0.mlp', 'blocks.1.attn'],
];

for (const name of fixtureNames) {
  it(`Interventions on the ${name} checkpoint reach the layers above, and what is drawn still sums up`, async function () {
    this.timeout(120_000);
    const { loaded, pass, position, tokens } = await openFixture(name);
    const other = await loaded.forward(promptOf(tokens.slice(1)), patient);
    const last = pass.model.nLayers - 1;
    const d = pass.model.dModel;
    const ordinary = attribute(await buildFlowGraph(pass, { layers: { from: 0, to: last }, position, target: { id: 1 }, counts: COUNTS }, patient));
    for (const names of CHANGES) {
      const components = names.map(parseComponent).filter((c) => !('head' in c) || c.head < pass.model.nHeads);
      for (const from of [null, other]) {
        const changed = await loaded.intervene(pass, components.map((component) => ({ component, from })), position, patient);
        assert(maxDifference(changed.stream[2], pass.stream[2]) > 1e-4, `${names.join()} change nothing`);
        for (const layer of [0, 1]) {
          const { residPost } = await changed.block(layer, position);
          assert(maxDifference(residPost, changed.stream[layer + 1].subarray(position * d, (position + 1) * d)) <= 1e-4, `block ${layer}`);
        }
        const graph = await buildFlowGraph(changed, { layers: { from: 0, to: last }, position, target: { id: 1 }, counts: COUNTS }, patient);
        const { discrepancy } = attribute(graph);
        // Where an ordinary graph has no exact sum (a cap on the logits, a norm on the stream), neither has a changed one.
        if (Math.abs(ordinary.discrepancy) <= 1e-3) assert(Math.abs(discrepancy) <= 1e-3, `${names.join()}: off by ${discrepancy}`);
      }
    }
    await loaded.release();
  });
}
