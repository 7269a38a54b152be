import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Problem } from '../../../../../src/core/problem';
import type { OpenFile } from '../../../../../src/model/checkpoint/source';
import { TorchName, TorchTensor } from '../../../../../src/model/checkpoint/torch/rebuild';
import { readTorchFile } from '../../../../../src/model/checkpoint/torch/torch-file';
import { examples } from '../../../../support/examples';

const fixture = (name: string): Buffer => readFileSync(join(__dirname, 'fixtures', name));
const opened = (bytes: Buffer): OpenFile => ({
  path: '/x',
  size: bytes.length,
  read: (from, count) => Promise.resolve(Buffer.from(bytes.subarray(from, from + count))),
});

/** Every tensor of a file: type, shape and bytes; null for those that do not lie row by row. */
async function tensorsOf(
  bytes: Buffer,
  others: readonly string[] = [],
): Promise<Record<string, readonly [string, readonly number[], Buffer | null]>> {
  const { value, locate } = await readTorchFile(opened(bytes), 'x.bin');
  assert.ok(value instanceof Map);
  return Object.fromEntries(
    [...value]
      .filter(([name]) => typeof name !== 'string' || !others.includes(name))
      .map(([name, tensor]) => {
        assert.ok(typeof name === 'string' && tensor instanceof TorchTensor);
        const range = locate(tensor);
        return [name, [tensor.dtype, tensor.shape, range && bytes.subarray(range.offset, range.offset + range.byteLength)]];
      }),
  );
}

const floats = (...values: number[]): Buffer => Buffer.from(Float32Array.from(values).buffer);
const TWELVE = floats(...Array.from({ length: 12 }, (_, i) => i));

describe('A file of torch.save', () => {
  for (const name of ['zip.bin', 'sequence.bin']) {
    it(`says of every tensor in ${name} what it is and where its numbers lie`, async () => {
      const { eighth, ...tensors } = await tensorsOf(fixture(name));
      if (name === 'zip.bin') assert.deepEqual(eighth, ['F8_E4M3', [2], Buffer.alloc(2)]);
      assert.deepEqual(tensors, {
        rows: ['F32', [3, 4], TWELVE],
        tied: ['F32', [3, 4], TWELVE],
        last: ['F32', [2, 4], TWELVE.subarray(16)],
        turned: ['F32', [4, 3], null],
        brain: ['BF16', [2], Buffer.from([0xc0, 0x3f, 0x00, 0xc0])],
        half: ['F16', [1, 1], Buffer.from([0x00, 0x38])],
        parameter: ['F32', [2], floats(3.25, 4)],
        mask: ['BOOL', [2], Buffer.from([1, 0])],
        empty: ['F32', [0, 3], Buffer.alloc(0)],
        scalar: ['F32', [], floats(7)],
      });
    });
  }

  it('holds dictionaries in dictionaries, lists, numbers, texts and types', async () => {
    const { value } = await readTorchFile(opened(fixture('nested.pt')), 'nested.pt');
    assert.ok(value instanceof Map);
    const config = value.get('config');
    assert.ok(config instanceof Map);
    assert.deepEqual(
      [...config],
      [
        ['layers', [0, 1]],
        ['scale', 0.5],
        ['name', 'lens'],
        ['large', 2n ** 60n],
        ['dtype', new TorchName('torch.float16')],
        ['none', null],
      ],
    );
    const [first] = value.get('layers') as [Map<string, unknown>];
    assert.ok(first.get('weight') instanceof TorchTensor);
  });

  it('says of a view where its numbers lie, and of those that are not so in the file nothing', async () => {
    const six = floats(0, 1, 2, 3, 4, 5);
    const { value } = await readTorchFile(opened(fixture('views.bin')), 'views.bin');
    assert.ok(value instanceof Map && !(value.get('bytes') instanceof TorchTensor));
    const tensors = await tensorsOf(fixture('views.bin'), ['bytes']);
    assert.deepEqual(tensors, {
      negated: ['F32', [6], null],
      conjugated: ['C64', [6], null],
      repeated: ['F32', [4, 3], null],
      every_second: ['F32', [3], null],
      cube: ['F32', [3, 1, 2], null],
      inner: ['F32', [2, 2], null],
      one_column: ['F32', [1, 6], six],
      noted: ['F32', [2], floats(1, 2)],
      trained: ['F32', [2], floats(3, 4)],
      unsigned: ['U16', [2], Buffer.from([1, 0, 255, 255])],
      scales: ['F8_E8M0', [2], Buffer.from([127, 128])],
    });
  });

  for (const [name, what] of [
    ['sparse', /a sparse tensor/],
    ['sparse-rows', /a sparse tensor/],
    ['quantised', /that torch has quantised/],
    ['ragged', /a nested tensor/],
    ['meta', /without numbers/],
    ['double-complex', /complex numbers/],
  ] as const) {
    it(`that holds another kind of tensor is refused by its name (${name})`, async () => {
      await assert.rejects(readTorchFile(opened(fixture(`${name}.bin`)), 'x.bin'), (error) => {
        assert.ok(error instanceof Problem && error.hint, String(error));
        assert.equal(error.code, 'weights-invalid');
        assert.match(error.message, what);
        return true;
      });
    });
  }

  it('of another byte order, or encrypted, is refused', async () => {
    const bytes = fixture('zip.bin');
    bytes.write('big\0\0\0', bytes.indexOf('little'), 'latin1');
    await assert.rejects(readTorchFile(opened(bytes), 'x'), { code: 'weights-invalid', message: /another byte order/ });
    const older = fixture('sequence.bin');
    const flag = older.indexOf('little_endian') + 'little_endian'.length;
    const at = older.indexOf(0x88, flag);
    assert.ok(at - flag < 10);
    older[at] = 0x89;
    await assert.rejects(readTorchFile(opened(older), 'x'), { code: 'weights-invalid', message: /another byte order/ });
    const locked = fixture('zip.bin');
    const entry = locked.indexOf('PK\x01\x02', 'latin1');
    locked[entry + 8] |= 1;
    await assert.rejects(readTorchFile(opened(locked), 'x'), { code: 'weights-invalid', message: /not a sound zip file/ });
  });

  for (const name of ['hostile.bin', 'bare-hostile.bin']) {
    it(`that calls a function is refused (${name})`, async () => {
      await assert.rejects(readTorchFile(opened(fixture(name)), name), {
        code: 'weights-invalid',
        message: new RegExp(`${name} contains code, and VISIT does not run it \\(posix\\.system\\)`),
      });
    });
  }

  it('that ends early is told as such', async () => {
    const bytes = fixture('zip.bin');
    await assert.rejects(readTorchFile(opened(bytes.subarray(0, bytes.length - 30)), 'x'), { code: 'weights-truncated' });
    const older = fixture('sequence.bin');
    await assert.rejects(readTorchFile(opened(older.subarray(0, 400)), 'x'), { code: 'weights-truncated' });
    await assert.rejects(readTorchFile(opened(older.subarray(0, older.length - 1)), 'x'), { code: 'weights-truncated' });
  });

  it('is not what a text file or a Git LFS pointer is', async () => {
    for (const text of ['', 'x', 'version https://git-lfs.github.com/spec/v1', '{"a": 1}']) {
      await assert.rejects(readTorchFile(opened(Buffer.from(text)), 'x'), {
        code: 'weights-invalid',
        message: /was not written by torch\.save/,
      });
    }
  });

  for (const name of ['zip.bin', 'sequence.bin', 'nested.pt', 'views.bin', 'hostile.bin']) {
    it(`with single bytes changed or cut off never crashes the reader, nor leads it outside the file (${name})`, async () => {
      const whole = fixture(name);
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 3 }),
          fc.option(fc.nat(whole.length)),
          async (changes, keep) => {
            const bytes = Buffer.from(whole.subarray(0, keep ?? whole.length));
            for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
            try {
              const { value, locate } = await readTorchFile(opened(bytes), 'x');
              for (const tensor of value instanceof Map ? value.values() : []) {
                const range = tensor instanceof TorchTensor ? locate(tensor) : null;
                if (range) assert.ok(range.offset >= 0 && range.offset + range.byteLength <= bytes.length);
              }
              accepted++;
            } catch (error) {
              assert.ok(error instanceof Problem, String(error));
              assert.match(error.code, /^weights-/);
            }
          },
        ),
        { numRuns: examples(500) },
      );
      if (name !== 'hostile.bin') assert.ok(accepted > 0, 'no file was accepted, so nothing was tested');
    });
  }
});
