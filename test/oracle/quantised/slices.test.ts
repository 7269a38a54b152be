import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { GraphBuilder, type Value } from '../../../src/engine/onnx/graph-builder';
import { storageSlices } from '../../../src/engine/memory/row-slices';
import { inputRowNorms, inputRows, linear, linearWithMean, outputColumns, timesTransposed } from '../../../src/engine/onnx/products';
import { DataType } from '../../../src/engine/onnx/proto';
import { floats, indices, SessionPool, type Feed } from '../../../src/engine/onnx/session-pool';
import { stored } from '../../../src/engine/onnx/stored';
import { reshape } from '../../../src/engine/onnx/shapes';
import { Weights } from '../../../src/engine/onnx/weights';
import type { MatrixSpec, Part } from '../../../src/model/architecture/model-spec';
import type { StoredTensor } from '../../../src/model/checkpoint/checkpoint';
import type { PackedPart, Packing } from '../../../src/model/checkpoint/quantised/packing';
import { relativeDifference } from '../fixture';

const OUTPUTS = 2304;
const INPUTS = 1024;
const GROUPS = 8;

/** That whole weights are dequantised exactly is seen in quantised.test.ts; here, that their slices are the same. */
describe('A large packed weight, which is dequantised in slices', () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-packed-'));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  let state = 1;
  const random = (): number => (state = (state * 48271) % 0x7fffffff);
  let files = 0;
  const written = (dtype: string, shape: readonly number[], data: ArrayBufferView): PackedPart => {
    const file = path.join(folder, String(files++));
    writeFileSync(file, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    return { dtype, shape, bytes: { file, offset: 0, byteLength: data.byteLength } };
  };
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  const words = (...shape: number[]): PackedPart =>
    written(
      'I32',
      shape,
      Uint32Array.from({ length: size(shape) }, () => random() * 2),
    );
  const bytes = (dtype: string, ...shape: number[]): PackedPart =>
    // No number that is none.
    written(
      dtype,
      shape,
      Uint8Array.from({ length: size(shape) }, () => (random() >> 8) & 0xbb),
    );
  const numbers = (...shape: number[]): PackedPart =>
    written(
      'F32',
      shape,
      Float32Array.from({ length: size(shape) }, () => (random() % 1000) / 100_000),
    );
  /** Exponents of about 0. */
  const exponents = (...shape: number[]): PackedPart =>
    written(
      'U8',
      shape,
      Uint8Array.from({ length: size(shape) }, () => 120 + (random() % 10)),
    );
  const shuffled = (): PackedPart =>
    written(
      'I32',
      [INPUTS],
      Int32Array.from({ length: INPUTS }, (_, i) => (i * 7) % GROUPS),
    );

  const PACKINGS: Readonly<Record<string, () => Packing>> = {
    'tiles of FP8': () => ({ kind: 'scaled', weight: bytes('F8_E4M3', OUTPUTS, INPUTS), scale: numbers(18, 8), tile: [128, 128] }),
    '8-bit rows': () => ({
      kind: 'scaled',
      weight: bytes('I8', OUTPUTS, INPUTS),
      scale: numbers(OUTPUTS, 1),
      tile: [1, INPUTS],
      factor: 0.1,
    }),
    'rows with biases': () => ({
      kind: 'rows',
      bits: 4,
      weight: words(OUTPUTS, INPUTS / 8),
      scale: numbers(OUTPUTS, GROUPS),
      groups: GROUPS,
      offset: { kind: 'bias', bias: numbers(OUTPUTS, GROUPS) },
    }),
    'rows with zeros': () => ({
      kind: 'rows',
      bits: 4,
      weight: words(OUTPUTS, INPUTS / 8),
      scale: numbers(OUTPUTS, GROUPS),
      groups: GROUPS,
      offset: { kind: 'zeros', zeros: words(OUTPUTS / 8, GROUPS) },
      groupOf: shuffled(),
    }),
    'rows with zeros of groups': () => ({
      kind: 'rows',
      bits: 4,
      weight: words(OUTPUTS, INPUTS / 8),
      scale: numbers(OUTPUTS, 16),
      groups: GROUPS,
      offset: { kind: 'zeros of groups', zeros: words(OUTPUTS, 2) },
    }),
    'a codebook': () => ({
      kind: 'codebook',
      weight: bytes('U8', OUTPUTS, INPUTS / 2),
      table: numbers(16),
      run: 64,
      scale: bytes('U8', (OUTPUTS * INPUTS) / 64),
      nested: { table: numbers(256), scale: numbers(Math.ceil((OUTPUTS * INPUTS) / 64 / 256)), run: 256, offset: 0.25 },
    }),
    GPTQ: () => ({
      kind: 'gptq',
      bits: 4,
      weight: words(INPUTS / 8, OUTPUTS),
      scale: numbers(GROUPS, OUTPUTS),
      zeros: words(GROUPS, OUTPUTS / 8),
      zeroOffset: 1,
    }),
    MXFP4: () => ({ kind: 'mxfp4', weight: bytes('U8', OUTPUTS, INPUTS / 2), scale: exponents(OUTPUTS, INPUTS / 32) }),
    AWQ: () => ({
      kind: 'awq',
      weight: words(INPUTS, OUTPUTS / 8),
      scale: numbers(GROUPS, OUTPUTS),
      zeros: words(GROUPS, OUTPUTS / 8),
    }),
  };

  it('in MXFP4 has every number with every scale, the smallest and the largest too', async () => {
    const SCALES = 255;
    const packing: Packing = {
      kind: 'mxfp4',
      weight: written(
        'U8',
        [SCALES, 16],
        new Uint8Array(SCALES * 16).map((_, i) => ((2 * i) % 16) + 16 * ((2 * i + 1) % 16)),
      ),
      scale: written(
        'U8',
        [SCALES, 1],
        Uint8Array.from({ length: SCALES }, (_, row) => row),
      ),
    };
    const shape = [SCALES, 32];
    const weights = new Weights(new Map([['w', { name: 'w', shape, storage: { kind: 'packed', dtype: 'MXFP4', packing } }]]));
    const pool = new SessionPool(weights, { keep: false, threads: 1 });
    const build = (): Uint8Array => {
      const b = new GraphBuilder(weights);
      b.output('result', stored(b, 'w'), DataType.FLOAT, ['m', 'n']);
      return b.finish('weight');
    };
    const values = await pool.use({ key: 'w', load: 'heavy', build }, async (run) => (await run({})).floats('result'));
    await pool.release();
    const sizes = [0, 0.5, 1, 1.5, 2, 3, 4, 6];
    const expected = Float32Array.from(
      { length: SCALES * 32 },
      (_, i) => (i % 16 < 8 ? 1 : -1) * sizes[i % 8] * 2 ** (Math.floor(i / 32) - 127),
    );
    assert.deepEqual(new Uint32Array(values.buffer, values.byteOffset, values.length), new Uint32Array(expected.buffer));
  });

  /** Every second row, the second and third of each four rows, and rows from one on. */
  const PARTS: readonly Part[] = [
    { offset: 1, of: OUTPUTS, every: { run: 1, step: 2 } },
    { offset: 1, of: OUTPUTS, every: { run: 2, step: 4 } },
    { offset: OUTPUTS / 2, of: OUTPUTS },
  ];
  const cases = Object.entries(PACKINGS).flatMap(([name, packing]) =>
    [undefined, ...(name === 'MXFP4' ? PARTS : [])].map((part) => ({ name, packing, part })),
  );

  for (const { name, packing, part } of cases) {
    it(`has the same rows, columns, norms and products: ${name}${part ? `, of which a part is used: ${JSON.stringify(part)}` : ''}`, async () => {
      const storage = { kind: 'packed', dtype: name, packing: packing() } as const;
      const outputs = part ? OUTPUTS / 2 : OUTPUTS;
      assert.equal(storageSlices([outputs, INPUTS], storage).count, part ? 2 : 3);
      const tensors = new Map<string, StoredTensor>([['w', { name: 'w', shape: [OUTPUTS, INPUTS], storage }]]);
      const weights = new Weights(tensors);
      const compute = async (feeds: Record<string, Feed>, build: (b: GraphBuilder) => Value): Promise<Float32Array> => {
        const graph = () => {
          const b = new GraphBuilder(weights);
          for (const [input, { data, shape }] of Object.entries(feeds))
            b.input(input, data instanceof Float32Array ? DataType.FLOAT : DataType.INT64, shape);
          b.output('result', reshape(b, build(b), [-1]), DataType.FLOAT, ['n']);
          return b.finish('packed');
        };
        const pool = new SessionPool(weights, { keep: false, threads: 1 });
        const result = await pool.use({ key: 'w', load: 'heavy', build: graph }, async (run) => (await run(feeds)).floats('result'));
        await pool.release();
        return result;
      };
      const all = await compute({}, (b) => stored(b, 'w'));
      const weight: MatrixSpec = { tensor: 'w', layout: 'out_in', inputs: INPUTS, outputs, ...(part && { part }) };
      const isOfPart = (row: number): boolean => {
        if (part === undefined) return true;
        const within = part.every ? (row % part.every.step) - part.offset : row - part.offset;
        return within >= 0 && within < (part.every?.run ?? outputs);
      };
      const whole = all.filter((_, i) => isOfPart(Math.floor(i / INPUTS)));
      const [picked, columns] = [
        [outputs - 1, 769, 0],
        [1023, 3],
      ];
      const rowsOf = Float32Array.from(picked.flatMap((row) => [...whole.subarray(row * INPUTS, (row + 1) * INPUTS)]));
      const columnsOf = Float32Array.from(columns.flatMap((c) => Array.from({ length: outputs }, (_, row) => whole[row * INPUTS + c])));
      assert.ok(rowsOf.some((value) => value !== 0) && columnsOf.every((value) => Number.isFinite(value)));
      const oneHot = (width: number, at: readonly number[]): Feed => {
        const data = new Float32Array(at.length * width);
        at.forEach((column, row) => (data[row * width + column] = 1));
        return floats(data, [at.length, width]);
      };
      // A sum of products begins with +0, which takes the sign from zeros.
      const unsigned = (values: Float32Array): Float32Array => values.map((value) => value + 0);
      const x = { name: 'x' };
      assert.deepEqual(await compute({ x: indices(picked) }, (b) => outputColumns(b, weight, x)), rowsOf);
      assert.deepEqual(await compute({ x: indices(columns) }, (b) => inputRows(b, weight, x)), columnsOf);
      assert.deepEqual(unsigned(await compute({ x: oneHot(INPUTS, columns) }, (b) => linear(b, x, { weight }))), unsigned(columnsOf));
      assert.deepEqual(unsigned(await compute({ x: oneHot(outputs, picked) }, (b) => timesTransposed(b, x, weight))), unsigned(rowsOf));
      const withMean = (b: GraphBuilder, wanted: number) =>
        linearWithMean(b, x, { weight }, b.op('Cast', [b.ints(wanted)], { to: DataType.BOOL }));
      const product = await compute({ x: oneHot(INPUTS, columns) }, (b) => withMean(b, 1).product);
      assert.deepEqual(unsigned(product), unsigned(columnsOf));
      const means = Float32Array.from({ length: INPUTS }, (_, c) => {
        let sum = 0;
        for (let row = 0; row < outputs; row++) sum += whole[row * INPUTS + c];
        return sum / outputs;
      });
      const meanOf = (wanted: number) => compute({ x: oneHot(INPUTS, columns) }, (b) => withMean(b, wanted).mean ?? assert.fail());
      assert.ok(relativeDifference(await meanOf(1), means) <= 1e-5);
      assert.deepEqual(await meanOf(0), new Float32Array(INPUTS));
      const norms = await compute({}, (b) => inputRowNorms(b, weight, null));
      for (const [i, column] of columns.entries()) {
        const norm = Math.hypot(...columnsOf.subarray(i * outputs, (i + 1) * outputs));
        assert.ok(Math.abs(norms[column] - norm) <= 1e-4 * norm, `${norms[column]} instead of ${norm}`);
      }
    });
  }
});
