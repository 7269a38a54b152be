import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { Problem, type ProblemCode } from '../../../../src/core/problem';
import { duplicateKey } from '../../../../src/model/checkpoint/json';
import { openLocal } from '../../../../src/model/checkpoint/local-source';
import {
  LENGTH_BYTES,
  parseSafetensorsHeader,
  readSafetensorsHeader,
  type TensorEntry,
} from '../../../../src/model/checkpoint/safetensors';
import { layOut, safetensors, temporaryFolder, type HeaderEntry } from '../../../engine/checkpoint-files';
import { examples } from '../../../support/examples';

/** Parses a header as if the file went on for `data` bytes. */
function parse(header: object | string, data: number): TensorEntry[] {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  return parseSafetensorsHeader(json, LENGTH_BYTES + json.length + data, 'x.safetensors');
}

/** What must hold whenever a header is accepted: tensors lie in the file, side by side. */
function assertSound(entries: readonly TensorEntry[], dataStart: number, fileSize: number): void {
  let end = dataStart;
  for (const entry of entries) {
    assert.equal(entry.offset, end);
    assert.ok(Number.isSafeInteger(entry.byteLength) && entry.byteLength >= 0);
    end += entry.byteLength;
  }
  assert.equal(end, fileSize);
}

describe('a safetensors header', () => {
  const entry = (shape: number[], begin: number, end: number, dtype = 'F32'): object => ({ dtype, shape, data_offsets: [begin, end] });

  const refused: [what: string, code: ProblemCode, header: object | string, data: number, words: RegExp][] = [
    ['reaches beyond the file', 'weights-truncated', { a: entry([2], 0, 8) }, 7, /ends inside tensor "a"/],
    ['ends before it begins', 'weights-invalid', { a: entry([1], 8, 4) }, 8, /ends \(4\) before it begins \(8\)/],
    ['overlaps another tensor', 'weights-invalid', { a: entry([2], 0, 8), b: entry([1], 4, 8) }, 8, /"b" overlaps/],
    ['leaves a hole', 'weights-invalid', { a: entry([1], 0, 4), b: entry([1], 8, 12) }, 12, /gap of 4 bytes before tensor "b"/],
    ['leaves bytes at the end', 'weights-invalid', { a: entry([1], 0, 4) }, 5, /1 bytes at the end/],
    [
      'has a size that shape and type contradict',
      'weights-invalid',
      { a: entry([3], 0, 8) },
      8,
      /"a" has 8 bytes, but F32 of shape \[3\] needs 12/,
    ],
    ['has a type that the format does not know', 'weights-invalid', { a: entry([1], 0, 4, 'F33') }, 4, /unknown type "F33"/],
    ['has more elements than can be counted', 'weights-invalid', { a: entry([2 ** 30, 2 ** 30], 0, 8) }, 8, /more than can be counted/],
    ['has a negative size', 'weights-invalid', { a: entry([-1], 0, 4) }, 4, /"a" is described incorrectly/],
    ['has a fractional offset', 'weights-invalid', { a: entry([1], 0.5, 4.5) }, 8, /"a" is described incorrectly/],
    [
      'has an offset beyond exact numbers',
      'weights-invalid',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,9007199254740993]}}',
      4,
      /described incorrectly/,
    ],
    ['lacks its shape', 'weights-invalid', { a: { dtype: 'F32', data_offsets: [0, 4] } }, 4, /"a" is described incorrectly/],
    ['is a number', 'weights-invalid', { a: 4 }, 0, /"a" is described incorrectly/],
    [
      'is named twice',
      'weights-invalid',
      '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"\\u0061":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}',
      8,
      /"a" twice/,
    ],
    [
      'has its type named twice',
      'weights-invalid',
      '{"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,4]}}',
      4,
      /"dtype" twice/,
    ],
  ];
  for (const [what, code, header, data, words] of refused) {
    it(`is refused when a tensor ${what}`, () => assert.throws(() => parse(header, data), { name: 'Problem', code, message: words }));
  }

  it('is refused when it is no JSON object', () => {
    for (const text of ['', '[]', 'null', '{', '{"a":', '  {}', '{}x']) assert.throws(() => parse(text, 0), { code: 'weights-invalid' });
    assert.throws(() => parseSafetensorsHeader(Buffer.from([0x7b, 0xff, 0x7d]), 11, 'x'), { code: 'weights-invalid', message: /UTF-8/ });
  });

  it('may name a tensor __proto__, which is a tensor like any other', () => {
    const [tensor] = parse('{"__proto__":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}', 3);
    assert.equal(tensor?.name, '__proto__');
    assert.throws(() => parse('{"__proto__":{"dtype":"U8","shape":[3],"data_offsets":[0,4]}}', 4), { code: 'weights-invalid' });
  });

  it('must have texts as metadata', () => assert.throws(() => parse({ __metadata__: { n: 1 } }, 0), { code: 'weights-invalid' }));

  it('may lay tensors in any order and tensors without bytes anywhere between', () => {
    const entries = parse({ b: entry([1], 4, 8), none: entry([0], 4, 4), a: entry([1], 0, 4) }, 8);
    assert.deepEqual(
      entries.map(({ name }) => name),
      ['a', 'none', 'b'],
    );
  });
});

describe('a safetensors header that lies', () => {
  it('never crashes the reader, whatever bytes it is made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(1000), (bytes, beyond) => {
        const header = Buffer.from(bytes);
        const size = LENGTH_BYTES + header.length + beyond;
        try {
          assertSound(parseSafetensorsHeader(header, size, 'x'), LENGTH_BYTES + header.length, size);
        } catch (error) {
          assert.ok(error instanceof Problem, String(error));
        }
      }),
      { numRuns: examples(1000) },
    );
  });

  it('never yields a place outside the file, however a sound header is changed', () => {
    const shapes = fc.dictionary(fc.string({ maxLength: 6 }), fc.array(fc.nat(4), { maxLength: 3 }), { minKeys: 1, maxKeys: 5 });
    const oddNumber = fc.oneof(fc.integer({ min: -20, max: 200 }), fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, -0, 0.5, 1e308));
    // Each change is left out every other time, so that some headers stay sound and are accepted.
    const perhaps = <T>(changed: fc.Arbitrary<T>) => fc.option(changed, { freq: 2 });
    const change = fc.record({
      tensor: fc.nat(),
      offsets: perhaps(fc.tuple(oddNumber, oddNumber)),
      shape: perhaps(fc.array(oddNumber, { maxLength: 3 })),
      dtype: perhaps(fc.constantFrom('F32', 'F16', 'BF16', 'I64', 'BOOL', 'F4', '', 'nonsense', '__proto__')),
      grow: perhaps(fc.integer({ min: -8, max: 8 })),
    });
    let accepted = 0;
    fc.assert(
      fc.property(shapes, change, (tensors, { tensor, offsets, shape, dtype, grow }) => {
        const { header, byteLength } = layOut(tensors);
        const entries: HeaderEntry[] = Object.values(header);
        const victim = entries[tensor % entries.length];
        if (offsets && victim) victim.data_offsets = offsets;
        if (shape && victim) victim.shape = shape;
        if (dtype !== null && victim) victim.dtype = dtype;
        const json = Buffer.from(JSON.stringify(header));
        const size = LENGTH_BYTES + json.length + Math.max(0, byteLength + (grow ?? 0));
        try {
          assertSound(parseSafetensorsHeader(json, size, 'x'), LENGTH_BYTES + json.length, size);
          accepted++;
        } catch (error) {
          assert.ok(error instanceof Problem, String(error));
        }
      }),
      { numRuns: examples(1000) },
    );
    assert.ok(accepted > 0, 'no header was accepted, so nothing was tested');
  });

  it('never crashes the reader when single bytes of a file are changed or cut off', async () => {
    const folder = temporaryFolder();
    try {
      const { header, byteLength } = layOut({ a: [2, 3], b: [4] });
      const whole = safetensors(header, Buffer.alloc(byteLength));
      const file = join(folder, 'model.safetensors');
      const edits = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(edits, fc.nat(whole.length), fc.boolean(), async (changes, keep, cut) => {
          const bytes = Buffer.from(cut ? whole.subarray(0, keep) : whole);
          for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
          writeFileSync(file, bytes);
          try {
            const entries = await openLocal(file, (opened) => readSafetensorsHeader(opened, 'model.safetensors'));
            assertSound(entries, bytes.length - entries.reduce((sum, entry) => sum + entry.byteLength, 0), bytes.length);
          } catch (error) {
            assert.ok(error instanceof Problem, String(error));
            assert.match(error.code, /^weights-/);
          }
        }),
        { numRuns: examples(300) },
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('cannot make the reader allocate what its length field claims', async () => {
    const folder = temporaryFolder();
    try {
      const file = join(folder, 'model.safetensors');
      for (const [length, code] of [
        [2n ** 64n - 1n, 'weights-invalid'],
        [100_000_001n, 'weights-invalid'],
        [100_000_000n, 'weights-truncated'],
      ] as const) {
        const field = Buffer.alloc(16);
        field.writeBigUInt64LE(length);
        writeFileSync(file, field);
        await assert.rejects(
          openLocal(file, (opened) => readSafetensorsHeader(opened, 'm')),
          { code },
        );
      }
      for (const bytes of [0, 1, 7]) {
        writeFileSync(file, Buffer.alloc(bytes));
        await assert.rejects(
          openLocal(file, (opened) => readSafetensorsHeader(opened, 'm')),
          { code: 'weights-truncated' },
        );
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('looking for a duplicate key', () => {
  it('finds none in what JSON.stringify writes, and the first in an object that has one', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(duplicateKey(JSON.stringify(value)), null)));
    assert.equal(duplicateKey('{"a":{"b":1,"c":["{",{"d":2,"\\u0064":3}]}}'), 'd');
    assert.equal(duplicateKey('{"a":{"b":1},"b":{"a":1}}'), null);
  });

  it('copes with very long names', () => {
    const name = 'x'.repeat(10_000_000);
    assert.equal(duplicateKey(`{"${name}":1,"${name}":2}`), name);
  });
});
