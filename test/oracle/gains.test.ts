import assert from 'node:assert/strict';
import path from 'node:path';
import { describeModel } from '../../src/engine/architecture/registry';
import { openCheckpoint } from '../../src/engine/checkpoint/open';
import { ModelGraphs } from '../../src/engine/model-graphs';
import { floats, SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { maxDifference } from './fixture';

describe('The gains of a block', function () {
  this.timeout(20_000);
  const T = 5;
  let graphs: ModelGraphs;
  let d: number;
  let residPre: Float32Array;

  before(async () => {
    const { spec, weights } = describeModel(await openCheckpoint(path.join(__dirname, 'fixtures', 'trained', 'model')));
    const mapped = new Weights(weights);
    graphs = new ModelGraphs(spec, mapped, new SessionPool(mapped, { keep: true, threads: 1 }));
    d = spec.dModel;
    residPre = Float32Array.from({ length: T * d }, (_, i) => Math.sin(i * 1.7));
  });
  after(() => graphs.release());

  /** The block's state at the last position, with one gain set. */
  const inspect = (change?: { gain: 'head_gain' | 'neuron_gain'; index: number; value: number }) => {
    const feeds = { resid_pre: floats(residPre, [T, d]), ...graphs.openGains(1) };
    if (change) feeds[change.gain].data[change.index] = change.value;
    return graphs.block(1, 'inspect', (run) => run(feeds));
  };

  it('of a head scales what that head writes, and no other', async () => {
    const open = await inspect();
    const half = await inspect({ gain: 'head_gain', index: 2, value: 0.5 });
    const expected = open.floats('head_out').map((x, i) => (Math.floor(i / d) === 2 ? x / 2 : x));
    assert(maxDifference(half.floats('head_out'), expected) <= 1e-6);
    const written = open.floats('attn_out').map((x, i) => x - open.floats('head_out')[2 * d + i] / 2);
    assert(maxDifference(half.floats('attn_out'), written) <= 1e-5);
  });

  it('of a neuron scales its coefficient, and no other', async () => {
    const open = await inspect();
    const off = await inspect({ gain: 'neuron_gain', index: 9, value: 0 });
    const expected = open.floats('mlp_post').map((x, i) => (i === 9 ? 0 : x));
    assert.notEqual(open.floats('mlp_post')[9], 0);
    assert.equal(maxDifference(off.floats('mlp_post'), expected), 0);
  });

  it('act in the same way when the block is run, traced and inspected', async () => {
    const feeds = { resid_pre: floats(residPre, [T, d]), ...graphs.openGains(1) };
    feeds.head_gain.data[0] = 0;
    feeds.neuron_gain.data[3] = -2;
    const [ran, traced, inspected] = await Promise.all(
      (['run', 'trace', 'inspect'] as const).map((variant) => graphs.block(1, variant, (run) => run(feeds))),
    );
    assert(maxDifference(traced.floats('resid_post'), ran.floats('resid_post')) <= 1e-5);
    assert(maxDifference(inspected.floats('resid_post'), ran.floats('resid_post').subarray(-d)) <= 1e-5);
    const untouched = await graphs.block(1, 'run', (run) => run({ ...feeds, ...graphs.openGains(1) }));
    assert(maxDifference(untouched.floats('resid_post'), ran.floats('resid_post')) > 1e-3);
  });
});
