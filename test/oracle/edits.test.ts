import assert from 'node:assert/strict';
import path from 'node:path';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { ModelGraphs } from '../../src/engine/onnx/model-graphs';
import type { BlockVariant } from '../../src/engine/onnx/block-draft';
import { EDITED_TENSORS, type EditedTensor } from '../../src/engine/onnx/edits';
import { floats, SessionPool, type Feed } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { maxDifference } from './fixture';

describe('An edit of a block', () => {
  const T = 5;
  const LAYER = 1;
  let graphs: ModelGraphs;
  let widths: Record<EditedTensor, number>;
  let d: number;
  let heads: number;
  let residPre: Float32Array;

  before(async () => {
    const { spec, weights } = describeModel(await openCheckpoint(path.join(__dirname, 'fixtures', 'trained', 'model')));
    const mapped = new Weights(weights);
    graphs = new ModelGraphs(spec, mapped, new SessionPool(mapped, { keep: true, threads: 1 }));
    d = spec.dModel;
    const { attention, mlp } = spec.blocks[LAYER];
    heads = attention.nHeads;
    widths = { z: heads * attention.dHead, mlp_post: mlp.dMlp, mlp_yielded: d, attn_out: d, mlp_out: d };
    residPre = Float32Array.from({ length: T * d }, (_, i) => Math.sin(i * 1.7));
  });
  after(() => graphs.release());

  /** Edits that change nothing, with some of them replaced. */
  const feeds = (variant: BlockVariant, changes: Record<string, Feed> = {}): Record<string, Feed> => {
    const all: Record<string, Feed> = {
      ...graphs.entering(LAYER, variant, residPre, T),
      source_keep: floats(Float32Array.of(1), [1, 1, 1]),
    };
    for (const name of EDITED_TENSORS) {
      all[`${name}_keep`] = floats(new Float32Array(widths[name]).fill(1), [1, widths[name]]);
      all[`${name}_patched`] = floats(new Float32Array(widths[name]), [1, widths[name]]);
    }
    return { ...all, ...changes };
  };
  const edited = (variant: BlockVariant, changes?: Record<string, Feed>) => {
    const { source_keep, ...others } = feeds(variant, changes);
    const given = variant === 'inspect' ? { ...others, source_keep } : others;
    return graphs.editedBlock(LAYER, variant, (run) => run(given));
  };
  const ordinary = (variant: BlockVariant) => graphs.block(LAYER, variant, (run) => run(graphs.entering(LAYER, variant, residPre, T)));
  const row = (name: EditedTensor, values: (i: number) => number) =>
    floats(
      Float32Array.from({ length: widths[name] }, (_, i) => values(i)),
      [1, widths[name]],
    );

  it('that changes nothing leaves every tensor as it was', async () => {
    for (const variant of ['run', 'trace', 'inspect'] as const) {
      const [with_, without] = [await edited(variant), await ordinary(variant)];
      for (const name of without.names) {
        assert(maxDifference(with_.floats(name), without.floats(name)) <= 1e-6, `${name} of ${variant}`);
      }
    }
  });

  it('takes a head away in every variant, and no other head', async () => {
    const width = widths.z / heads;
    const change = { z_keep: row('z', (i) => (Math.floor(i / width) === 2 ? 0 : 1)) };
    const [whole, inspected] = [await ordinary('inspect'), await edited('inspect', change)];
    const headOut = whole.floats('head_out').map((x, i) => (Math.floor(i / d) === 2 ? 0 : x));
    assert(maxDifference(inspected.floats('head_out'), headOut) <= 1e-6);
    const attnOut = whole.floats('attn_out').map((x, i) => x - whole.floats('head_out')[2 * d + i]);
    assert(maxDifference(inspected.floats('attn_out'), attnOut) <= 1e-5);
    const [ran, traced] = [await edited('run', change), await edited('trace', change)];
    assert(maxDifference(traced.floats('resid_post'), ran.floats('resid_post')) <= 1e-5);
    assert(maxDifference(inspected.floats('resid_post'), ran.floats('resid_post').subarray(-d)) <= 1e-5);
    assert(maxDifference(ran.floats('resid_post'), (await ordinary('run')).floats('resid_post')) > 1e-3);
  });

  it('patches a row where it is asked to, and only there', async () => {
    const patched = Float32Array.from({ length: T * d }, (_, i) => (Math.floor(i / d) === 1 ? i : 0));
    const keep = Float32Array.from({ length: T * d }, (_, i) => (Math.floor(i / d) === 1 ? 0 : 1));
    const traced = await edited('trace', { mlp_out_keep: floats(keep, [T, d]), mlp_out_patched: floats(patched, [T, d]) });
    const before = (await ordinary('trace')).floats('mlp_out');
    assert.deepEqual(traced.floats('mlp_out').subarray(d, 2 * d), patched.subarray(d, 2 * d));
    assert(maxDifference(traced.floats('mlp_out').subarray(2 * d), before.subarray(2 * d)) <= 1e-5);
  });

  it('leaves one source of one head out', async () => {
    const keep = new Float32Array(heads * T).fill(1);
    keep[1 * T + 3] = 0;
    const inspected = await edited('inspect', { source_keep: floats(keep, [heads, 1, T]) });
    const traced = await ordinary('trace');
    const width = widths.z / heads;
    const pattern = traced.floats('pattern').subarray((1 * T + T - 1) * T, (1 * T + T) * T);
    const v = traced.floats('v');
    const expected = (await ordinary('inspect'))
      .floats('z')
      .map((x, i) => (Math.floor(i / width) === 1 ? [0, 1, 2, 4].reduce((sum, j) => sum + pattern[j] * v[j * widths.z + i], 0) : x));
    assert(maxDifference(inspected.floats('z'), expected) <= 1e-5);
    assert(maxDifference(expected, (await ordinary('inspect')).floats('z')) > 1e-3);
  });
});
