import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { blockEffects } from '../../src/core/analyse/effects/block-effects';
import { sourceEffectsAt } from '../../src/core/insight/hops';
import { buildStory } from '../../src/core/insight/story';
import { fixtureNames, openFixture, type Fixture } from './fixture';

const TOLERANCE = 1e-4;
const QUIET = { signal: { aborted: false }, report: () => undefined };

for (const name of fixtureNames) {
  describe(`The story of a pass through the ${name} checkpoint`, () => {
    let fixture: Fixture;
    before(async () => {
      fixture = await openFixture(name);
    });

    it('has the shares that the flow graph of all layers, heads and sources has', async () => {
      const { pass, position } = fixture;
      const { nLayers, nHeads } = pass.model;
      const target = { id: 1 };
      const story = await buildStory(pass, { position, target, tokens: 3, labelled: 1 }, QUIET);
      const counts = { tokens: 3, heads: 0, values: position + 1, top: 1, bottom: 1 };
      const graph = await buildFlowGraph(pass, { position, target, layers: { from: 0, to: nLayers - 1 }, counts }, QUIET);
      const shareOf = (id: string) => graph.nodes.find((node) => node.id === id)?.share;
      if (pass.streamNormed) return assert.deepEqual(story.reads, []);
      const scale = Math.max(1, Math.abs(story.target.measured));
      const close = (value: number, expected: number | undefined, what: string) =>
        assert.ok(Math.abs(value - (expected ?? NaN)) <= TOLERANCE * scale, `${what}: ${value}, not ${expected}`);
      for (const { layer, attention = NaN, mlp = NaN } of story.layers) {
        close(attention, shareOf(`blocks.${layer}.hook_attn_out`), `attention of layer ${layer}`);
        close(mlp, shareOf(`blocks.${layer}.hook_mlp_out`), `feed-forward layer ${layer}`);
      }
      assert.ok(story.reads.length > 0);
      for (const { layer, source, share } of story.reads) {
        const values = graph.nodes.filter((node) => node.kind === 'head_value' && node.layer === layer && node.source === source);
        assert.equal(values.length, nHeads);
        close(
          share,
          values.reduce((sum, node) => sum + (node.share ?? 0), 0),
          `what layer ${layer} reads at ${source}`,
        );
      }
    });

    it('has hops whose effects are those of these heads, reading that token, at that position', async () => {
      const { pass, loaded, position } = fixture;
      if (pass.streamNormed) return;
      const { nHeads, dModel: d } = pass.model;
      const of = { kind: 'centred-logit', id: 1 } as const;
      const gradients = await loaded.backward(pass, { of, position }, QUIET);
      const differentiated = await pass.differentiate({ of, position }, { kind: 'zero' });
      const token = position - 1;
      const sources = Array.from({ length: token + 1 }, (_, j) => j);
      for await (const block of differentiated.blocks(0)) {
        const { layer } = block;
        const pattern = await pass.pattern(layer, token);
        const weights = Float32Array.from({ length: nHeads * (token + 1) }, (_, i) => {
          return pattern[Math.floor(i / (token + 1)) * pass.tokens.length + (i % (token + 1))];
        });
        const effects = sourceEffectsAt(block, token, weights, pass.model);
        // All that a head reads at a position is all that it is there.
        const heads = blockEffects(block, pass).heads.subarray(token * nHeads, (token + 1) * nHeads);
        const scale = Math.max(1, ...heads.map(Math.abs), ...effects.map(Math.abs));
        const sums = heads.map((_, head) => sources.reduce((sum, j) => sum + effects[head * (token + 1) + j], 0));
        sums.forEach((sum, head) =>
          assert.ok(Math.abs(sum - heads[head]) <= TOLERANCE * scale, `${layer}.${head}: ${sum}, not ${heads[head]}`),
        );
        const state = await pass.block(layer, token);
        // Behind a norm of its own, what attention adds is no sum of what it reads.
        if (state.attention.scale) continue;
        const everyHead = Array.from({ length: nHeads }, (_, head) => head);
        const selection = { heads: everyHead, sources: everyHead.map(() => sources), oNeurons: [], neurons: [] };
        const { values } = await pass.vectors(layer, token, state, selection);
        const { attnOut } = await gradients.block(layer);
        const gradient = attnOut.subarray(token * d, (token + 1) * d);
        for (let i = 0; i < effects.length; i++) {
          const expected = weights[i] * values.subarray(i * d, (i + 1) * d).reduce((sum, x, c) => sum + x * gradient[c], 0);
          assert.ok(Math.abs(effects[i] - expected) <= TOLERANCE * scale, `${layer}, ${i}: ${effects[i]}, not ${expected}`);
        }
      }
    });
  });
}
