import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import path from 'node:path';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { CPU, type ExecutionProvider } from '../../src/engine/onnx/execution-providers';
import { GraphBuilder } from '../../src/engine/onnx/graph-builder';
import { ModelGraphs } from '../../src/engine/onnx/model-graphs';
import { DataType } from '../../src/engine/onnx/proto';
import { floats, indices, SessionPool } from '../../src/engine/onnx/session-pool';
import { stored, widen } from '../../src/engine/onnx/stored';
import { Weights } from '../../src/engine/onnx/weights';
import { maxDifference } from './fixture';

describe('Weights that are kept in memory', () => {
  for (const dtype of ['F16', 'BF16'] as const) {
    it(`are bit for bit what onnxruntime makes of them, whatever the number (${dtype})`, async () => {
      const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-numbers-'));
      try {
        const file = path.join(folder, 'numbers');
        writeFileSync(
          file,
          Uint16Array.from({ length: 1 << 16 }, (_, bits) => bits),
        );
        const storage = { kind: 'dense', dtype, bytes: { file, offset: 0, byteLength: 1 << 17 } } as const;
        const weights = new Weights(new Map([['x', { name: 'x', shape: [1 << 16], storage }]]));
        const build = () => {
          const b = new GraphBuilder(weights);
          const zero = b.input('zero', DataType.INT64, [1]);
          const taken = b.op('Slice', [stored(b, 'x'), zero, b.ints([1 << 16]), b.ints([0])]);
          b.output('y', widen(b, taken, 'x'), DataType.FLOAT, [1 << 16]);
          return b.finish('widened');
        };
        const answer = async () => {
          const pool = new SessionPool(weights, { keep: false, threads: 1 });
          const results = await pool.use({ key: 'widened', build, load: 'light' }, (run) => run({ zero: indices([0]) }));
          return results.floats('y').slice();
        };
        const inGraph = await answer();
        weights.keepInMemory(() => true);
        const inMemory = await answer();
        assert.equal(weights.bytesInMemory, 4 << 16);
        const [one, other] = [inGraph, inMemory].map((values) => new Uint32Array(values.buffer, values.byteOffset, values.length));
        const different = one.filter((bits, i) => bits !== other[i] && !(Number.isNaN(inGraph[i]) && Number.isNaN(inMemory[i])));
        assert.equal(different.length, 0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }

  it('leave the process when they are given back, without waiting for a garbage collection', async () => {
    const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-given-back-'));
    try {
      const file = path.join(folder, 'numbers');
      const count = 1 << 23;
      writeFileSync(file, new Uint16Array(count));
      const storage = { kind: 'dense', dtype: 'BF16', bytes: { file, offset: 0, byteLength: 2 * count } } as const;
      const weights = new Weights(new Map([['x', { name: 'x', shape: [count], storage }]]));
      weights.keepInMemory(() => true);
      // In a function of its own, which holds on to nothing when it has ended.
      const read = async () => (await weights.values('x')).length;
      assert.equal(await read(), count);
      const before = process.memoryUsage().arrayBuffers;
      weights.keepInMemory(() => false);
      // The collection is over when this returns; buffers are freed by a thread of their own. What else the process does takes a little.
      while (before - process.memoryUsage().arrayBuffers < 0.9 * 4 * count) await setImmediate();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are repacked one graph at a time when there is time, or after many uses, which changes nothing in what is computed', async () => {
    const { spec, weights: found } = describeModel(await openCheckpoint(path.join(__dirname, 'fixtures', 'random', 'model')));
    const weights = new Weights(found);
    const pool = new SessionPool(weights, { keep: true, patient: true, threads: 1 });
    const graphs = new ModelGraphs(spec, weights, pool);
    const T = 4;
    const rows = Float32Array.from({ length: T * spec.dModel }, (_, i) => Math.sin(i * 1.3));
    const through = async (layer: number) => {
      const block = await graphs.block(layer, 'run', (run) => run(graphs.entering(layer, 'run', rows, T)));
      return block.floats('resid_post').slice();
    };
    assert.equal(await graphs.packNext(), false);
    const expected = [await through(0), await through(1)];
    assert.equal(graphs.packed.blocks, 0);
    assert.equal(await graphs.packNext(), true);
    assert.equal(graphs.packed.blocks, 1 / spec.blocks.length);
    const during = graphs.block(1, 'run', async (run) => {
      const packed = await graphs.packNext();
      return { packed, results: await run(graphs.entering(1, 'run', rows, T)) };
    });
    const { packed, results } = await during;
    assert.equal(packed, false, 'a graph at work stays as it is');
    assert(maxDifference(results.floats('resid_post'), expected[1]) <= 1e-6);
    assert(maxDifference(await through(0), expected[0]) <= 1e-6);
    for (let uses = 0; !pool.isPacked('run 1'); uses++) {
      assert(uses < 20);
      assert(maxDifference(await through(1), expected[1]) <= 1e-6);
    }
    await graphs.release();
  });

  it('are never repacked where they are quantised, however often they are used, nor is any session made again', async () => {
    const file = path.join(__dirname, 'gguf', 'fixtures', 'llama-blocks-of-32', 'model.gguf');
    const { spec, weights: found } = describeModel(await openCheckpoint(file));
    const weights = new Weights(found);
    let made = 0;
    const counting: ExecutionProvider = {
      ...CPU,
      sessionOptions: (asked) => {
        made++;
        return CPU.sessionOptions(asked);
      },
    };
    const graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { keep: true, patient: true, threads: 1 }, counting));
    const feeds = graphs.entering(0, 'run', new Float32Array(spec.dModel).fill(1), 1);
    for (let uses = 0; uses < 30; uses++) {
      await graphs.block(0, 'run', (run) => run(feeds));
      assert.equal(await graphs.packNext(), false);
    }
    assert.equal(made, 1);
    await graphs.release();
  });

  for (const fixture of ['float16', 'bfloat16']) {
    it(`change nothing in what is computed, whichever they are, and can be given back (${fixture})`, async () => {
      const { spec, weights: found } = describeModel(await openCheckpoint(path.join(__dirname, 'fixtures', fixture, 'model')));
      const weights = new Weights(found);
      const graphs = new ModelGraphs(spec, weights, new SessionPool(weights, { keep: true, threads: 1 }));
      const { dModel: d } = spec;
      const T = 4;
      const rows = Float32Array.from({ length: T * d }, (_, i) => Math.sin(i * 1.3));
      const answer = async () => {
        const block = await graphs.block(0, 'run', (run) => run(graphs.entering(0, 'run', rows, T)));
        const lens = await graphs.unembed((run) => run({ resid_post: floats(rows, [T, d]) }));
        return [block.floats('resid_post').slice(), lens.floats('logits').slice()];
      };
      const plans = [
        { blocks: false, lens: false },
        { blocks: true, lens: true },
        { blocks: false, lens: true },
        { blocks: true, lens: false },
        { blocks: false, lens: false },
      ];
      const expected = await answer();
      for (const plan of plans) {
        await graphs.keep(plan);
        const actual = await answer();
        actual.forEach((values, i) => assert(maxDifference(values, expected[i]) <= 1e-6, JSON.stringify(plan)));
        assert.equal(weights.bytesInMemory > 0, plan.blocks || plan.lens);
      }
      await graphs.release();
    });
  }
});
