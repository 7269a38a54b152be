import assert from 'node:assert/strict';
import { buildFlowGraph } from '../../src/core/build/build-flow-graph';
import { buildStory } from '../../src/core/insight/story';
import { fixtureNames, openFixture, type Fixture } from './fixture';

const TOLERANCE = 1e-4;
const QUIET = { signal: { aborted: false }, report: () => undefined };

for (const name of fixtureNames) {
  describe(`The story of a pass through the ${name} checkpoint`, function () {
    this.timeout(60_000);
    let fixture: Fixture;
    before(async () => {
      fixture = await openFixture(name);
    });
    after(() => fixture.loaded.release());

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
  });
}
