import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GraphBuilder, type Value } from '../../../src/engine/onnx/graph-builder';
import { rowSlices, storageSlices } from '../../../src/engine/memory/row-slices';
import { inputRowNorms, inputRows, linear, outputColumns, timesTransposed } from '../../../src/engine/onnx/products';
import { DataType } from '../../../src/engine/onnx/proto';
import { floats, indices, SessionPool, type Feed } from '../../../src/engine/onnx/session-pool';
import { reshape } from '../../../src/engine/onnx/shapes';
import { stored } from '../../../src/engine/onnx/stored';
import { Weights } from '../../../src/engine/onnx/weights';
import type { MatrixSpec } from '../../../src/model/architecture/model-spec';
import type { StoredTensor } from '../../../src/model/checkpoint/checkpoint';
import { readGgufHeader } from '../../../src/model/checkpoint/gguf/header';
import { openLocal } from '../../../src/model/checkpoint/local-source';
import { BLOCKS, type BlockType } from '../../../src/model/checkpoint/storage';
import { readSafetensors } from '../read-safetensors';

const FIXTURES = path.join(__dirname, 'fixtures');
const COLUMNS = 512;
/** So many rows that a weight is used in two slices: those of the fixture, over and over. */
const ROWS = 4096;

describe('Weights in blocks, against gguf.quants.dequantize', () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-blocks-'));
  const tensors = new Map<string, StoredTensor>();
  const reference = readSafetensors(path.join(FIXTURES, 'blocks.safetensors'));
  const expected = (name: string): Float32Array => {
    const data = reference.get(name)?.data;
    assert.ok(data instanceof Float32Array);
    return data;
  };

  before(async () => {
    const file = path.join(FIXTURES, 'blocks.gguf');
    const header = await openLocal(file, (opened) => readGgufHeader(opened, 'blocks.gguf'));
    const bytes = readFileSync(file);
    for (const { name, type, offset, byteLength, shape } of header.tensors) {
      assert.ok(type !== null && type in BLOCKS);
      const dtype = type as BlockType;
      const large = path.join(folder, name);
      const rows = bytes.subarray(offset, offset + byteLength);
      writeFileSync(large, Buffer.concat(Array.from({ length: ROWS / shape[0] }, () => rows)));
      const range = { file: large, offset: 0, byteLength: (byteLength * ROWS) / shape[0] };
      tensors.set(name, { name, shape, storage: { kind: 'blocks', dtype, bytes: { ...range, byteLength } } });
      tensors.set(`${name} large`, { name: `${name} large`, shape: [ROWS, COLUMNS], storage: { kind: 'blocks', dtype, bytes: range } });
    }
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  async function compute(feeds: Record<string, Feed>, build: (b: GraphBuilder) => Value): Promise<Float32Array> {
    const weights = new Weights(tensors);
    const graph = {
      key: 'blocks',
      load: 'heavy' as const,
      build: () => {
        const b = new GraphBuilder(weights);
        for (const [name, { data, shape }] of Object.entries(feeds))
          b.input(name, data instanceof Float32Array ? DataType.FLOAT : DataType.INT64, shape);
        b.output('result', reshape(b, build(b), [-1]), DataType.FLOAT, ['n']);
        return b.finish('blocks');
      },
    };
    return new SessionPool(weights, { keep: false, threads: 1 }).use(graph, async (run) => (await run(feeds)).floats('result'));
  }

  const valueAt = (name: string, row: number, column: number): number => expected(name)[(row % 4) * COLUMNS + column];
  const large = (name: string): MatrixSpec => ({ tensor: `${name} large`, layout: 'out_in', inputs: COLUMNS, outputs: ROWS });

  it('are used in slices where they are large', () => {
    assert.deepEqual(rowSlices(ROWS, COLUMNS), { height: 2048, count: 2 });
    assert.deepEqual(rowSlices(32_001, 4096), { height: 10_667, count: 3 });
    assert.deepEqual(rowSlices(7, COLUMNS), { height: 7, count: 1 });
  });

  for (const name of Object.keys(BLOCKS)) {
    it(`${name}: every number is the same bit for bit`, async () => {
      const values = await compute({}, (b) => stored(b, name));
      assert.deepEqual(
        Buffer.from(values.buffer, values.byteOffset, values.byteLength),
        Buffer.from(Float32Array.from(expected(name)).buffer),
      );
    });

    it(`${name}: rows, columns and products of a large weight are those of its numbers`, async () => {
      const picked = [2049, 0, 4095];
      const oneHot = (width: number, at: readonly number[]): Feed => {
        const data = new Float32Array(at.length * width);
        at.forEach((column, row) => (data[row * width + column] = 1));
        return floats(data, [at.length, width]);
      };
      // A sum of products begins with +0, which takes the sign from zeros.
      const unsigned = (values: Float32Array): Float32Array => values.map((value) => value + 0);
      const columns = [511, 3];
      const weight = large(name);
      const rows = Float32Array.from(picked.flatMap((row) => Array.from({ length: COLUMNS }, (_, c) => valueAt(name, row, c))));
      const down = Float32Array.from(columns.flatMap((c) => Array.from({ length: ROWS }, (_, row) => valueAt(name, row, c))));
      const x = { name: 'x' };
      assert.deepEqual(await compute({ x: indices(picked) }, (b) => outputColumns(b, weight, x)), rows);
      assert.deepEqual(await compute({ x: indices(columns) }, (b) => inputRows(b, weight, x)), down);
      assert.deepEqual(await compute({ x: oneHot(COLUMNS, columns) }, (b) => linear(b, x, { weight })).then(unsigned), unsigned(down));
      assert.deepEqual(await compute({ x: oneHot(ROWS, picked) }, (b) => timesTransposed(b, x, weight)).then(unsigned), unsigned(rows));
      const norms = await compute({}, (b) => inputRowNorms(b, weight, null));
      for (const column of [0, 7, 511]) {
        const norm = Math.hypot(...Array.from({ length: ROWS }, (_, row) => valueAt(name, row, column)));
        assert.ok(Math.abs(norms[column] - norm) <= 1e-4 * norm, `${norms[column]} instead of ${norm}`);
      }
    });
  }

  it('rows of heads in pairs are put in order slice by slice, and a slice has whole heads', async () => {
    const heads = 8;
    const [name] = Object.keys(BLOCKS);
    const stored = tensors.get(`${name} large`);
    assert.ok(stored?.storage.kind === 'blocks');
    const paired = { ...stored, name: 'paired', storage: { ...stored.storage, pairedHeads: heads } };
    tensors.set('paired', paired);
    assert.deepEqual(storageSlices([ROWS, COLUMNS], paired.storage), { height: 2048, count: 2 });
    assert.deepEqual(storageSlices([96, 1 << 20], { ...paired.storage, pairedHeads: 3 }), { height: 32, count: 3 });
    const width = ROWS / heads;
    // Row r of a head is stored at 2·r in the first half, and at 2·(r − half) + 1 in the second.
    const storedAt = (row: number): number => {
      const [head, r] = [Math.floor(row / width), row % width];
      return head * width + (r < width / 2 ? 2 * r : 2 * (r - width / 2) + 1);
    };
    const weight: MatrixSpec = { tensor: 'paired', layout: 'out_in', inputs: COLUMNS, outputs: ROWS };
    const oneHot = floats(new Float32Array(COLUMNS).fill(0).fill(1, 3, 4), [1, COLUMNS]);
    const column = await compute({ x: oneHot }, (b) => linear(b, { name: 'x' }, { weight }));
    assert.deepEqual(
      column,
      Float32Array.from({ length: ROWS }, (_, row) => valueAt(name, storedAt(row), 3) + 0),
    );
  });
});
