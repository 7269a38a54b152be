import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { surveyExperts } from '../../../src/core/insight/expert-use';
import { openFixture, patient, promptOf } from '../fixture';

/** What make_expert_use.py counted in `router_logits`. */
const { prompts, checkpoints } = JSON.parse(readFileSync(path.join(__dirname, 'expected.json'), 'utf8')) as {
  readonly prompts: readonly (readonly number[])[];
  readonly checkpoints: Readonly<Record<string, readonly CountedLayer[]>>;
};

interface CountedLayer {
  readonly layer: number;
  readonly experts: readonly {
    readonly count: number;
    readonly weight: number | null;
    readonly probability: number;
    /** how often it was chosen, by the token's id */
    readonly tokens: Readonly<Record<string, number>>;
  }[];
}

const TOLERANCE = 1e-5;
const EVERY_TOKEN = 100;

describe('The use of experts', () => {
  for (const [name, layers] of Object.entries(checkpoints)) {
    it(`in the ${name} checkpoint is what transformers’ router logits say: counts, weights, probabilities and tokens`, async () => {
      const { loaded } = await openFixture(name);
      const forward = (ids: readonly number[]) => loaded.forward(promptOf(ids), patient);
      const use = await surveyExperts(loaded.info, prompts, { tokens: EVERY_TOKEN }, forward, patient);

      const near = (actual: number | null, expected: number | null, what: string) =>
        assert(actual === expected || Math.abs((actual ?? NaN) - (expected ?? NaN)) <= TOLERANCE, `${what}: ${actual}, not ${expected}`);
      assert.equal(use.positions, prompts.flat().length);
      assert.deepEqual(
        use.layers.map(({ layer }) => layer),
        layers.map(({ layer }) => layer),
      );
      use.layers.forEach(({ layer, experts }, i) => {
        const counted = layers[i].experts;
        assert.equal(experts.length, counted.length);
        for (const { expert, count, share, timesEven, weight, probability, tokens } of experts) {
          const what = `layer ${layer}, expert ${expert}`;
          assert.equal(count, counted[expert].count, what);
          near(share, count / use.positions, what);
          near(timesEven, (share * counted.length) / use.chosen, what);
          near(weight, counted[expert].weight, `${what}, weight`);
          near(probability, counted[expert].probability, `${what}, probability`);
          assert.deepEqual(Object.fromEntries(tokens.map((token) => [String(token.id), token.count])), counted[expert].tokens, what);
        }
        assert.equal(
          experts.reduce((sum, { count }) => sum + count, 0),
          use.chosen * use.positions,
        );
      });
    });
  }

  it('is counted alike in a pass with interventions, whose blocks are looked into position by position', async () => {
    const { loaded, pass, tokens, position } = await openFixture('qwen2-moe');
    const off = { component: { kind: 'head', layer: 0, head: 1 }, from: null } as const;
    const changed = await loaded.intervene(pass, [off], position, patient);
    const [routing, ordinary] = [await changed.routing(0), await pass.routing(0)];
    assert(routing && ordinary);
    assert.equal(routing.chosen.length, tokens.length);
    const state = await changed.block(0, position);
    assert(state.mlp.kind === 'experts');
    const { router, experts } = state.mlp;
    assert.deepEqual(routing.probabilities.subarray(position * router.length, (position + 1) * router.length), router);
    assert.deepEqual(
      routing.chosen[position],
      experts.flatMap(({ expert, weight }) => (expert === 'shared' ? [] : [{ expert, weight }])),
    );
    assert.notDeepEqual(routing.probabilities, ordinary.probabilities);
  });
});
