import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildFlowGraph } from '../../../src/core/graph/build';
import { componentNodeId, parseComponent } from '../../../src/core/graph/component';
import type { PassIntervention } from '../../../src/engine/intervention/intervene';
import type { ForwardPass } from '../../../src/engine/pass';
import { assertBlockAddsUp, assertSharesAddUp } from '../adding-up';
import { maxDifference, openFixture, patient, promptOf, type Fixture } from '../fixture';
import { readSafetensors, type ExpectedTensor } from '../read-safetensors';

const TOLERANCE = 1e-4;
const COUNTS = { heads: 2, values: 1, top: 3, bottom: 2, tokens: 2 };

interface Case {
  readonly what: string;
  readonly interventions: readonly { readonly component: string; readonly tokens: readonly number[] | null }[];
}
const { tokens, position, cases } = JSON.parse(readFileSync(path.join(__dirname, 'interventions.json'), 'utf8')) as {
  tokens: number[]; position: number; cases: Case[];
};

describe('A pass with interventions', function () {
  this.timeout(60_000);
  let fixture: Fixture;
  let ordinary: ForwardPass;
  let expected: ReadonlyMap<string, ExpectedTensor>;

  before(async () => {
    fixture = await openFixture('trained');
    expected = readSafetensors(path.join(__dirname, 'expected.safetensors'));
    ordinary = await fixture.loaded.forward(promptOf(tokens), patient);
  });
  after(() => fixture.loaded.release());

  async function run({ interventions }: Case): Promise<ForwardPass> {
    const asked: PassIntervention[] = [];
    for (const { component, tokens: other } of interventions) {
      asked.push({ component: parseComponent(component), from: other && (await fixture.loaded.forward(promptOf(other), patient)) });
    }
    return fixture.loaded.intervene(ordinary, asked, position, patient);
  }

  cases.forEach((asked, i) => {
    it(`agrees with hooks in transformers: ${asked.what}`, async function () {
      const pass = await run(asked);
      let [largest, compared] = [0, 0];
      for await (const { name, tensor } of fixture.loaded.trace(pass, patient)) {
        const reference = expected.get(`${i}.${name}`);
        if (!reference) continue;
        compared++;
        const difference = maxDifference(tensor.data, reference.data);
        assert(difference <= TOLERANCE, `${name} differs by ${difference}`);
        largest = Math.max(largest, difference);
        const border = /^blocks\.(\d+)\.hook_resid_post$/.exec(name);
        if (border) assert(maxDifference(pass.stream[Number(border[1]) + 1], reference.data) <= TOLERANCE, `stream behind ${name}`);
      }
      assert.equal(compared, 3 * 4 + 1);
      this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
    });

    it(`adds up in every sum, at every position: ${asked.what}`, async () => {
      const pass = await run(asked);
      for (const p of [position, 0, tokens.length - 1]) {
        for (let layer = 0; layer < pass.model.nLayers; layer++) await assertBlockAddsUp(pass, layer, p, COUNTS);
      }
    });

    it(`is drawn with what was changed, marked, and shares that sum to the logit: ${asked.what}`, async () => {
      const pass = await run(asked);
      const graph = await buildFlowGraph(pass, { layers: { from: 0, to: 2 }, position, counts: COUNTS, target: { id: 17 }, against: 3 }, patient);
      assertSharesAddUp(graph, pass, asked.what);
      assert.deepEqual(graph.interventions?.map(({ component }) => component), asked.interventions.map(({ component }) => component));
      for (const { component, tokens: other } of asked.interventions) {
        const node = graph.nodes.find(({ id }) => id === componentNodeId(parseComponent(component)));
        if (asked.what.includes('does not have')) {
          assert.equal(node?.intervention, undefined);
          continue;
        }
        assert(node, component);
        assert.equal(node.intervention, other ? 'patch' : 'zero');
        // Adding zeros may leave a zero negative.
        if (other === null) assert(Math.abs(node.share ?? NaN) === 0, `${component} is off and brings ${node.share}`);
      }
    });
  });

  it('shares the streams below the first touched block with the ordinary pass', async () => {
    const pass = await run(cases.find(({ interventions }) => interventions.every(({ component }) => component.startsWith('blocks.2')))!);
    assert.equal(pass.stream[2], ordinary.stream[2]);
    assert.notEqual(pass.stream[3], ordinary.stream[3]);
  });

  it('leaves what a shorter prompt has no partner for as it was', async () => {
    const pass = await run(cases.find(({ what }) => what.includes('does not have'))!);
    assert(maxDifference(pass.stream[3], ordinary.stream[3]) <= 1e-5);
  });

  it('looks into a block while it runs in the same way', async () => {
    for (const asked of cases) {
      const pass = await run(asked);
      for (const p of [position, tokens.length - 1]) {
        const [probe, state] = [await pass.probe(1, p), await pass.block(1, p)];
        const d = state.residPre.length;
        assert(maxDifference(probe.attnOut.subarray(-d), state.attnOut) <= TOLERANCE, asked.what);
        assert(maxDifference(probe.mlpOut.subarray(-d), state.mlpOut) <= TOLERANCE, asked.what);
      }
    }
  });
});
