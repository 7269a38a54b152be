import assert from 'node:assert/strict';
import { attached, findHops, type Hop } from '../../../../src/core/insight/hops';
import { routesOf } from '../../../../src/core/insight/routes';
import type { StoryRead } from '../../../../src/core/insight/story';
import type { Baseline, DifferentiatedBlock, DifferentiatedPass } from '../../../../src/core/pass/effects';
import type { QuantityAt } from '../../../../src/core/pass/gradients';
import { FakePass } from '../../../support/fake-pass';

const QUIET = { signal: { aborted: false }, report: () => undefined };

const hop = (layer: number, position: number, source: number, effect: number): Hop => ({ layer, position, source, effect, heads: [] });
const read = (layer: number, source: number, share: number): StoryRead => ({ layer, source, share, heads: [], otherHeads: 0 });

/** A pass whose prediction depends on every position as it does on the last. */
class SpreadPass extends FakePass {
  override async differentiate(at: QuantityAt, baseline: Baseline): Promise<DifferentiatedPass> {
    const pass = await super.differentiate(at, baseline);
    return { ...pass, blocks: (downTo) => this.#spread(pass.blocks(downTo)) };
  }

  async *#spread(blocks: AsyncIterable<DifferentiatedBlock>): AsyncGenerator<DifferentiatedBlock, void, undefined> {
    for await (const block of blocks) {
      const { z } = block.gradients;
      const width = z.length / this.tokens.length;
      yield { ...block, gradients: { ...block.gradients, z: z.map((_, i) => z[z.length - width + (i % width)] ?? 0) } };
    }
  }
}

describe('Hops', () => {
  it('are reads at tokens that are read later, in layers below, strongest first, and none of the first token', async () => {
    const pass = new SpreadPass();
    const position = pass.tokens.length - 1;
    const reads = [read(pass.model.nLayers - 1, position - 1, 1)];
    const hops = await findHops(pass, reads, { position, target: null }, QUIET);
    assert.ok(hops.length > 0);
    assert.deepEqual(attached(hops, reads), hops);
    for (const [i, { layer, source, position: at, effect, heads }] of hops.entries()) {
      assert.ok(source > 0 && source < at && at < position && layer < pass.model.nLayers - 1);
      assert.ok(Math.abs(effect) <= Math.abs(hops[i - 1]?.effect ?? Infinity));
      assert.ok(heads.length > 0);
    }
  });

  it('are none where only the first tokens are read, or in a prompt of one token', async () => {
    const pass = new FakePass();
    const position = pass.tokens.length - 1;
    assert.deepEqual(await findHops(pass, [read(1, 0, 1), read(1, 1, 1), read(1, position, 1)], { position, target: null }, QUIET), []);
    assert.deepEqual(await findHops(new FakePass('The'), [read(1, 0, 1)], { position: 0, target: null }, QUIET), []);
  });

  it('make up routes: each from its first read to the read of the story, over the strongest on the way', () => {
    const hops = [hop(5, 4, 3, 2), hop(6, 4, 3, 1), hop(2, 3, 2, -1), hop(8, 6, 2, 0.5)];
    const reads = [read(9, 4, 3), read(7, 4, -4)];
    const routes = routesOf(hops, reads);
    assert.deepEqual(
      routes.map((route) => [route.hops.map(({ layer }) => layer), route.read.layer]),
      [
        [[6], 7],
        [[2, 5], 7],
      ],
    );
  });
});
