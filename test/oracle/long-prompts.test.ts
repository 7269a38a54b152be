import assert from 'node:assert/strict';
import path from 'node:path';
import { alibiSlopes } from '../../src/engine/architecture/alibi';
import type { AttentionSpec } from '../../src/engine/architecture/model-spec';
import { describeModel } from '../../src/engine/architecture/registry';
import type { DescribedModel } from '../../src/engine/architecture/registry';
import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { ModelGraphs } from '../../src/engine/model-graphs';
import { LONG_PROMPT } from '../../src/engine/onnx/attention';
import { floats, SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { maxDifference } from './fixture';

describe('A prompt longer than what attends at once', function () {
  this.timeout(60_000);
  let described: DescribedModel;
  before(async () => {
    described = describeModel(await openCheckpoint(path.join(__dirname, 'fixtures', 'trained', 'model')));
  });

  /** The first block's output for T positions, in a model whose attention is changed and that can read so many tokens. */
  async function runBlock(change: Partial<AttentionSpec>, T: number, contextLength: number): Promise<Float32Array> {
    const { spec } = described;
    const [first] = spec.blocks;
    const attention = { ...first.attention, ...change };
    const weights = new Weights(described.weights);
    const pool = new SessionPool(weights, { keep: true, threads: 1 });
    const graphs = new ModelGraphs({ ...spec, contextLength, blocks: [{ ...first, attention }] }, weights, pool);
    const stream = Float32Array.from({ length: T * spec.dModel }, (_, i) => Math.sin(i * 1.7) + Math.cos(i * 0.013));
    const feeds = { resid_pre: floats(stream, [T, spec.dModel]), ...graphs.positions(0, T, T) };
    try {
      return (await graphs.block(0, 'run', (run) => run(feeds))).floats('resid_post');
    } finally {
      await graphs.release();
    }
  }

  const heads = 4;
  const kinds: Readonly<Record<string, Partial<AttentionSpec>>> = {
    'all positions': {},
    'a window': { window: 300 },
    'a window shorter than a piece': { window: 5 },
    'biases on positions': { alibi: { slopes: alibiSlopes(heads) } },
    'biases in a window': { alibi: { slopes: alibiSlopes(heads) }, window: 40 },
    'rotation': { rotary: { width: 6, interleaved: true, base: 10_000 } },
    'a soft-cap': { softCap: 2 },
  };
  for (const [kind, change] of Object.entries(kinds)) {
    it(`attends in pieces to the same result: ${kind}`, async () => {
      assert.equal(described.spec.blocks[0].attention.heads, heads);
      for (const T of [LONG_PROMPT + 1, LONG_PROMPT + 128]) {
        const [pieces, whole] = [await runBlock(change, T, T), await runBlock(change, T, LONG_PROMPT)];
        assert(whole.every(Number.isFinite));
        const difference = maxDifference(pieces, whole);
        assert(difference <= 1e-4, `${T} tokens: off by ${difference}`);
      }
    });
  }

  it('is the limit: up to it a graph that could attend in pieces changes no bit', async () => {
    assert.equal(maxDifference(await runBlock({}, LONG_PROMPT, 4 * LONG_PROMPT), await runBlock({}, LONG_PROMPT, LONG_PROMPT)), 0);
  });
});
