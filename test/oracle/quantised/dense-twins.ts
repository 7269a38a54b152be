/** Checkpoints whose packed weights are stored in F32 instead. */
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GraphBuilder } from '../../../src/engine/onnx/graph-builder';
import { DataType } from '../../../src/engine/onnx/proto';
import { SessionPool } from '../../../src/engine/onnx/session-pool';
import { stored } from '../../../src/engine/onnx/stored';
import { Weights } from '../../../src/engine/onnx/weights';
import { describeModel } from '../../../src/model/architecture/registry';
import type { Checkpoint, StoredTensor } from '../../../src/model/checkpoint/checkpoint';
import { isQuantised } from '../../../src/model/checkpoint/storage';

/** Makes twins of checkpoints; their files are there until they are removed. */
export function denseTwins(): { of(checkpoint: Checkpoint): Promise<Checkpoint>; remove(): void } {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-twin-'));
  let files = 0;

  /** The same checkpoint, each matrix that is packed in a file of its own. */
  const of = async (checkpoint: Checkpoint): Promise<Checkpoint> => {
    const { weights } = describeModel(checkpoint);
    const used = new Weights(weights);
    const pool = new SessionPool(used, { keep: false, threads: 1 });
    const dense = new Map<string, StoredTensor>();
    for (const tensor of [...weights.values()].filter(({ storage }) => isQuantised(storage))) {
      const build = (): Uint8Array => {
        const b = new GraphBuilder(used);
        b.output('result', stored(b, tensor.name), DataType.FLOAT, ['m', 'n']);
        return b.finish('weight');
      };
      const values = await pool.use({ key: tensor.name, load: 'heavy', build }, async (run) => (await run({})).floats('result'));
      const bytes = { file: path.join(folder, `${files++}`), offset: 0, byteLength: values.byteLength };
      writeFileSync(bytes.file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      // Where models of the family have [inputs, outputs].
      const isTurned = !checkpoint.tensors.has(tensor.name) || checkpoint.config['model_type'] === 'gpt2';
      const storage = { kind: 'dense', dtype: 'F32', bytes } as const;
      dense.set(tensor.name, { name: tensor.name, shape: tensor.shape, storage, ...(isTurned && { isTransposed: true }) });
    }
    await pool.release();
    assert.ok(dense.size > 0);
    return { ...checkpoint, tensors: new Map([...checkpoint.tensors, ...dense]) };
  };

  return {
    of,
    remove: () => {
      rmSync(folder, { recursive: true });
    },
  };
}
