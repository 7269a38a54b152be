import assert from 'node:assert/strict';
import path from 'node:path';
import { describeModel } from '../../src/model/architecture/registry';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { GraphBuilder } from '../../src/engine/onnx/graph-builder';
import { linear, timesTransposed } from '../../src/engine/onnx/products';
import { DataType } from '../../src/engine/onnx/proto';
import { floats, SessionPool } from '../../src/engine/onnx/session-pool';
import { Weights } from '../../src/engine/onnx/weights';
import { maxDifference } from './fixture';

describe('A weight that is widened in slices', () => {
  for (const fixture of ['float16', 'bfloat16']) {
    it(`yields what it yields as a whole, whatever the size of a slice (${fixture})`, async () => {
      const { spec, weights: found } = describeModel(await openCheckpoint(path.join(__dirname, 'fixtures', fixture, 'model')));
      const weights = new Weights(found);
      const {
        dModel: d,
        vocabSize: V,
        unembedding: { table },
      } = spec;
      const N = 5;
      const numbers = (width: number) =>
        floats(
          Float32Array.from({ length: N * width }, (_, i) => Math.sin(i * 1.7)),
          [N, width],
        );
      const product = (bytesAtOnce: number, back: boolean) => {
        const build = () => {
          const b = new GraphBuilder(weights);
          const x = b.input('x', DataType.FLOAT, ['N', back ? V : d]);
          const y = back ? timesTransposed(b, x, table.weight, bytesAtOnce) : linear(b, x, table, bytesAtOnce);
          b.output('y', y, DataType.FLOAT, ['N', back ? d : V]);
          return b.finish('product');
        };
        const pool = new SessionPool(weights, { keep: false, threads: 1 });
        return pool.use({ key: 'product', build, load: 'light' }, async (run) => (await run({ x: numbers(back ? V : d) })).floats('y'));
      };
      for (const back of [false, true]) {
        const whole = await product(Infinity, back);
        assert.equal(whole.length, N * (back ? d : V));
        for (const slice of [4 * d * 10, 4 * d * 100, 4 * d * V, 4 * d * V * 2]) {
          assert(maxDifference(await product(slice, back), whole) <= 1e-5, `${back ? 'back through ' : ''}slices of ${slice} bytes`);
        }
      }
    });
  }
});
