import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Problem } from '../../../../../src/core/problem';
import { readGgufHeader } from '../../../../../src/model/checkpoint/gguf/header';
import type { OpenFile } from '../../../../../src/model/checkpoint/source';
import { examples } from '../../../../support/examples';

const whole = readFileSync(join(__dirname, '../../../../oracle/gguf/fixtures/blocks.gguf'));
const opened = (bytes: Buffer): OpenFile => ({
  path: '/x',
  size: bytes.length,
  read: (from, count) => Promise.resolve(bytes.subarray(from, from + count)),
});

describe('The header of a GGUF file', () => {
  it('names its metadata, and every tensor with its type, shape and place', async () => {
    const { metadata, tensors } = await readGgufHeader(opened(whole), 'x');
    assert.equal(metadata.get('general.architecture'), 'llama');
    assert.deepEqual(
      tensors.map(({ name, type, shape }) => [name, type, shape]),
      ['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'MXFP4', 'Q2_K', 'Q3_K', 'Q4_K', 'Q5_K', 'Q6_K', 'IQ4_NL', 'IQ4_XS'].map((type) => [
        type,
        type,
        [4, 512],
      ]),
    );
  });

  it('is refused with its cause when it ends early, has another version or claims more than there is', async () => {
    const changed = (at: number, value: bigint): Buffer => {
      const bytes = Buffer.from(whole);
      bytes.writeBigUInt64LE(value, at);
      return bytes;
    };
    await assert.rejects(readGgufHeader(opened(whole.subarray(0, 560)), 'x'), {
      code: 'weights-truncated',
      message: /ends inside its header/,
    });
    await assert.rejects(readGgufHeader(opened(whole.subarray(0, whole.length - 100)), 'x'), {
      code: 'weights-truncated',
      message: /inside tensor "IQ4_XS"/,
    });
    await assert.rejects(readGgufHeader(opened(changed(8, 2n ** 63n)), 'x'), {
      code: 'weights-invalid',
      message: /more than it has room for/,
    });
    const older = Buffer.from(whole);
    older.writeUInt32LE(1, 4);
    await assert.rejects(readGgufHeader(opened(older), 'x'), { code: 'weights-invalid', message: /version is 1/ });
    await assert.rejects(readGgufHeader(opened(Buffer.from('not one')), 'x'), { code: 'weights-invalid', message: /not with "GGUF"/ });
  });

  it('with bytes changed or cut off never crashes the reader, nor leads it outside the file', async () => {
    let accepted = 0;
    const changes = fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(changes, fc.option(fc.nat(whole.length)), async (edits, keep) => {
        const bytes = Buffer.from(whole.subarray(0, keep ?? whole.length));
        for (const [at, value] of edits) if (at < bytes.length) bytes[at] = value;
        try {
          const { tensors } = await readGgufHeader(opened(bytes), 'x');
          for (const { offset, byteLength, type } of tensors)
            assert.ok(type === null || (offset >= 0 && offset + byteLength <= bytes.length));
          accepted++;
        } catch (error) {
          assert.ok(error instanceof Problem, String(error));
          assert.match(error.code, /^weights-/);
        }
      }),
      { numRuns: examples(1000) },
    );
    assert.ok(accepted > 0, 'no file was accepted, so nothing was tested');
  });
});
