import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Problem } from '../../../../src/core/problem';
import { WeightStream, type BlockRows } from '../../../../src/engine/blocks/weight-stream';
import { streamedSlices, STREAMED_AT_ONCE } from '../../../../src/engine/memory/row-slices';

/** Columns of a row of one block. */
const COLUMNS = 32;

describe('Weights that are read when they are needed', () => {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'visit-stream-'));
  const file = path.join(folder, 'weights');
  /** Rows of Q8_0 whose scale is 1: row r holds r, r, … */
  const rows = (count: number): BlockRows => {
    const bytes = Buffer.concat(
      Array.from({ length: count }, (_, r) => Buffer.from([0x00, 0x3c, ...new Array<number>(COLUMNS).fill(r % 100)])),
    );
    writeFileSync(file, bytes);
    return { dtype: 'Q8_0', bytes: { file, offset: 0, byteLength: bytes.length }, columns: COLUMNS };
  };
  const firstOfRows = (values: Float32Array): number[] => Array.from({ length: values.length / COLUMNS }, (_, r) => values[r * COLUMNS]);
  after(() => rmSync(folder, { recursive: true }));

  it('are those of each row, though bytes are read some at a time', () => {
    const count = 70_000;
    const [values] = new WeightStream().read([rows(count)]);
    assert.deepEqual(
      firstOfRows(values),
      Array.from({ length: count }, (_, r) => r % 100),
    );
  });

  it('are in the order of the model where heads are stored pair by pair', () => {
    const [values] = new WeightStream().read([{ ...rows(12), pairedFeatures: 6 }]);
    assert.deepEqual(firstOfRows(values), [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]);
  });

  it('lie side by side, and the next take their place', () => {
    const stream = new WeightStream();
    const few = rows(40);
    const floats = { dtype: 'F32', bytes: { file, offset: 0, byteLength: 8 } } as const;
    const [one, numbers, other] = stream.read([few, floats, few]);
    assert.deepEqual(one, other);
    assert.equal(numbers.length, 2);
    assert.equal(one.buffer, other.buffer);
    const [again] = stream.read([few]);
    assert.equal(again.byteOffset, one.byteOffset);
  });

  it('cannot be read from a file that has become shorter', () => {
    const { bytes, ...rest } = rows(4);
    assert.throws(
      () => new WeightStream().read([{ ...rest, bytes: { ...bytes, byteLength: 2 * bytes.byteLength } }]),
      (error) => error instanceof Problem && error.code === 'weights-invalid',
    );
  });

  it('of a large matrix are slices of about the same height, of whole heads', () => {
    const most = 8192 * 4096;
    assert.deepEqual(streamedSlices(8192, 4096, 1, most), [{ from: 0, length: 8192 }]);
    assert.deepEqual(streamedSlices(14_336, 4096, 1, most), [
      { from: 0, length: 7168 },
      { from: 7168, length: 7168 },
    ]);
    assert.deepEqual(
      streamedSlices(3 * 96, 1 << 20, 96, most).map(({ length }) => length),
      new Array<number>(3).fill(96),
    );
    assert.equal(
      streamedSlices(128_256, 4096, 1, STREAMED_AT_ONCE).reduce((rows, { length }) => rows + length, 0),
      128_256,
    );
  });
});
