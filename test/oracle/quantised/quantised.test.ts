import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { GraphBuilder } from '../../../src/engine/onnx/graph-builder';
import { DataType } from '../../../src/engine/onnx/proto';
import { SessionPool } from '../../../src/engine/onnx/session-pool';
import { stored } from '../../../src/engine/onnx/stored';
import { Weights } from '../../../src/engine/onnx/weights';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { describeModel } from '../../../src/model/architecture/registry';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { isQuantised } from '../../../src/model/checkpoint/storage';
import { patient, promptOf, relativeDifference } from '../fixture';
import { readSafetensors } from '../read-safetensors';

const FIXTURES = path.join(__dirname, 'fixtures');

/** Largest difference that float32 arithmetic in another order explains, relative to a tensor's largest value. */
const TOLERANCE = 1e-4;

/** What make_quantised.py says of a checkpoint: the prompt, and the SHA-256 of every weight once it is dequantised, [outputs, inputs] in F32. */
interface Question {
  readonly tokens: readonly number[];
  readonly weights: Readonly<Record<string, string>>;
}

describe('A checkpoint with packed weights', () => {
  for (const name of readdirSync(FIXTURES)) {
    const folder = path.join(FIXTURES, name);
    const { tokens, weights } = JSON.parse(readFileSync(path.join(folder, 'fixture.json'), 'utf8')) as Question;

    it(`${name}: every number of every weight is the reference’s, bit for bit`, async () => {
      // Of a stack, each matrix by itself.
      const { weights: tensors } = describeModel(await openCheckpoint(path.join(folder, 'model')));
      const packed = [...tensors.values()].filter(({ storage }) => isQuantised(storage)).map((tensor) => tensor.name);
      assert.deepEqual(packed.sort(), Object.keys(weights).sort());
      const used = new Weights(tensors);
      const pool = new SessionPool(used, { keep: false, threads: 1 });
      for (const tensor of packed) {
        const build = (): Uint8Array => {
          const b = new GraphBuilder(used);
          b.output('result', stored(b, tensor), DataType.FLOAT, ['m', 'n']);
          return b.finish('weight');
        };
        const values = await pool.use({ key: tensor, load: 'heavy', build }, async (run) => (await run({})).floats('result'));
        const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
        assert.equal(createHash('sha256').update(bytes).digest('hex'), weights[tensor], tensor);
      }
      await pool.release();
    });

    it(`${name}: the trace is that of transformers on the dequantised weights`, async function () {
      const expected = readSafetensors(path.join(folder, 'expected.safetensors'));
      const missing = new Set(expected.keys());
      const loaded = await LoadedModel.load(await openCheckpoint(path.join(folder, 'model')), null, patient);
      try {
        assert.deepEqual(loaded.info.warnings ?? [], []);
        const pass = await loaded.forward(promptOf(tokens), patient);
        let largest = 0;
        for await (const { name: tensorName, tensor } of loaded.trace(pass, patient)) {
          const reference = expected.get(tensorName);
          assert.ok(reference, `the reference has no ${tensorName}`);
          missing.delete(tensorName);
          const difference = relativeDifference(tensor.data, reference.data);
          assert.ok(difference <= TOLERANCE, `${tensorName} differs by ${difference}`);
          largest = Math.max(largest, difference);
        }
        assert.deepEqual([...missing], [], 'tensors that the engine does not trace');
        this.test!.title += ` (largest difference ${largest.toExponential(1)})`;
      } finally {
        await loaded.release();
      }
    });
  }
});
