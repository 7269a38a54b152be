import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { attribute } from '../../../src/core/graph/attribution';
import { buildFlowGraph } from '../../../src/core/graph/build';
import { componentNodeId, parseComponent } from '../../../src/core/graph/component';
import { selectBlock } from '../../../src/core/graph/select';
import type { PassIntervention } from '../../../src/engine/intervention/intervene';
import type { ForwardPass } from '../../../src/engine/pass';
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
      const d = pass.model.dModel;
      const H = pass.model.nHeads;
      const T = tokens.length;
      for (const p of [position, 0, T - 1]) {
        for (let layer = 0; layer < pass.model.nLayers; layer++) {
          const state = await pass.block(layer, p);
          const selection = selectBlock(state, H, p, COUNTS);
          const vectors = await pass.vectors(layer, p, state, selection);
          const row = (rows: Float32Array, r: number) => rows.subarray(r * d, (r + 1) * d);
          const isWhole = (kind: string) => state.touched?.changed.some(({ component }) => component.kind === kind) ?? false;
          const assertSum = (what: string, sum: Float32Array, summands: readonly (readonly [number, Float32Array | undefined])[]) => {
            const total = Array.from(sum, (_, c) => summands.reduce((partial, [factor, x]) => partial + factor * (x?.[c] ?? 0), 0));
            assert(maxDifference(total, sum) <= TOLERANCE, `block ${layer} at ${p}, ${what}: off by ${maxDifference(total, sum)}`);
          };
          let pair = 0;
          selection.heads.forEach((h, n) => {
            const sources = selection.sources[n].map((s) => [(state.touched?.weights ?? state.pattern)[h * T + s], row(vectors.values, pair++)] as const);
            assertSum(`head ${h}`, row(state.headOut, h), [...sources, [1, row(vectors.restSources, n)], [1, state.touched?.putHeads.get(h)]]);
          });
          const attnBias = [isWhole('attention') ? 0 : 1, state.attnBias] as const;
          const putAttention = [1, state.touched?.putAttention] as const;
          assertSum('heads', state.attnOut, [...selection.heads.map((h) => [1, row(state.headOut, h)] as const), [1, vectors.restHeads], attnBias, putAttention]);
          assertSum('rows of W_O', state.attnOut, [...selection.oNeurons.map((o, n) => [state.z[o], row(vectors.oRows, n)] as const), [1, vectors.restO], attnBias, putAttention]);
          assertSum('neurons', state.mlpOut, [
            ...selection.neurons.map((f, n) => [state.mlpPost[f], row(vectors.neuronValues, n)] as const),
            [1, vectors.restNeurons], [isWhole('mlp') ? 0 : 1, state.mlpBiasOut], [1, state.touched?.putMlp],
          ]);
          assertSum('stream', state.residPost, [[1, state.residPre], [1, state.attnOut], [1, state.mlpOut]]);
          assert(maxDifference(state.residPost, row(pass.stream[layer + 1], p)) <= TOLERANCE, `block ${layer} seen at position ${p} differs from the pass`);
        }
      }
    });

    it(`is drawn with what was changed, marked, and shares that sum to the logit: ${asked.what}`, async () => {
      const pass = await run(asked);
      const graph = await buildFlowGraph(pass, { layers: { from: 0, to: 2 }, position, counts: COUNTS, target: { id: 17 }, against: 3 }, patient);
      const { discrepancy } = attribute(graph);
      assert(Math.abs(discrepancy) <= 1e-3, `off by ${discrepancy}`);
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
