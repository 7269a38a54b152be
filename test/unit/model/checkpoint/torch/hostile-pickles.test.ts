// cspell:ignore NEWOBJ BINGET LONG MEMOIZE
/** Pickles that were written to do harm: each ends with a cause, soon, and runs nothing. */
import assert from 'node:assert/strict';
import { Problem } from '../../../../../src/core/problem';
import { CutShort } from '../../../../../src/model/checkpoint/cursor';
import { unpickle } from '../../../../../src/model/checkpoint/torch/pickle';

const one = (part: string | number | Buffer): Buffer =>
  typeof part === 'number' ? Buffer.from([part]) : typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
const bytes = (...parts: readonly (string | number | Buffer)[]): Buffer => Buffer.concat(parts.map(one));
const name = (module: string, attribute: string): string => `c${module}\n${attribute}\n`;
const times = (count: number, part: string | Buffer): Buffer => Buffer.alloc(count * part.length, one(part));
const DICTIONARY = name('collections', 'OrderedDict');
const TENSOR = name('torch._utils', '_rebuild_tensor_v2');

/** What makes a list of so many nothings, which is remembered under 0. */
const longList = (count: number): Buffer => bytes(']q', 0, '(', times(count, 'N'), 'e');

function refused(pickle: Buffer, message: RegExp): void {
  assert.throws(
    () => unpickle(pickle, 0, 'x.bin'),
    (error) => {
      assert.ok(error instanceof Problem && error.hint, String(error));
      assert.equal(error.code, 'weights-invalid');
      assert.match(error.message, message);
      return true;
    },
  );
}

describe('A hostile pickle', () => {
  for (const [what, pickle] of [
    ['a function of the system', bytes(name('os', 'system'), '(X', 4, 0, 0, 0, 'true', 'tR.')],
    ['a function by two texts', bytes('\x8c\x02os\x8c\x06system\x93.')],
    ['a property of what everything has', bytes(name('__builtin__', 'getattr'), '.')],
    ['the prototype of an object', bytes(name('constructor', 'prototype'), '.')],
    ['a name that looks like one of torch', bytes(name('torch', '_utils._rebuild_tensor_v2'), ')R.').fill('x', 7, 8)],
    ['another file', bytes(name('torch', 'load'), '.')],
    ['a class of torch', bytes(name('torch.nn.modules.linear', 'Linear'), ')\x81.')],
    ['a new object', bytes(DICTIONARY, ')', 0x81, '.')],
    ['an instance', bytes('(', 'ios\nsystem\n', '.')],
    ['an extension', bytes(0x82, 1, '.')],
    ['the state of a tensor', bytes(name('torch', 'Tensor'), '}b.')],
    ['a call of a class', bytes(name('torch', 'Tensor'), '(K', 1, 'tR.')],
    ['a call of what is no name', bytes('K', 1, ')R.')],
  ] as const) {
    it(`that asks for ${what} is told as code`, () => refused(pickle, /contains code, and VISIT does not run it/));
  }

  it('that asks for a tensor by way of itself ends', () => {
    const own = name('torch._tensor', '_rebuild_from_type_v2');
    // The values of the call are a list that holds itself in the place of the values of the call in it.
    refused(bytes(own, 'q', 1, name('torch', 'Tensor'), 'q', 2, '0', ']q', 3, '(h', 1, 'h', 2, 'h', 3, 'e', 'R.'), /does not take/);
  });

  it('that repeats a list within lists takes no more time than its bytes', () => {
    const before = process.cpuUsage().user;
    const count = 20_000;
    const pairs = bytes(']q', 0, '(', times(count, 'NN\x86'), 'e');
    refused(bytes(pairs, '0', times(count, bytes(DICTIONARY, 'h', 0, 0x85, 'R0')), 'N.'), /more values than any model has/);
    refused(bytes(longList(count), '0', times(count, bytes(TENSOR, '(NK', 0, 'h', 0, 'h', 0, 'tR')), '.'), /does not take/);
    const nested = bytes(longList(count), '0', ']q', 1, '(', times(count, 'h\0'), 'e', '0', DICTIONARY, 'h', 1, 0x85, 'R.');
    refused(nested, /does not take/);
    assert.ok(process.cpuUsage().user - before < 20e6, 'it took longer than reading its bytes');
  });

  it('that doubles a list again and again stays as small as its bytes', () => {
    const { value } = unpickle(bytes(']q', 0, times(200, Buffer.concat([bytes('h', 0), bytes('h', 0, 0x86, 'q', 0)])), '.'), 0, 'x');
    assert.ok(Array.isArray(value));
  });

  it('that fills the stack or the memo is refused before the memory is full', () => {
    refused(times(2_100_000, 'N'), /more values than any model has/);
    refused(times(2_100_000, '('), /more values than any model has/);
    refused(bytes('N', times(2_100_000, '\x94')), /more values than any model has/);
  });

  it('whose lists and dictionaries hold themselves is read, and holds them', () => {
    const { value } = unpickle(bytes('}q', 0, 'X', 1, 0, 0, 0, 'ah', 0, 's.'), 0, 'x');
    assert.ok(value instanceof Map);
    assert.equal(value.get('a'), value);
  });

  it('that claims lengths which it has not ends where its bytes end', () => {
    for (const pickle of [
      bytes('X', 255, 255, 255, 255, 'a'),
      bytes(0x8d, times(8, '\x7f'), 'a'),
      bytes('B', 255, 255, 255, 127, 'a'),
      bytes(0x8a, 255, 1),
      bytes('cos'),
    ])
      assert.throws(() => unpickle(pickle, 0, 'x'), CutShort);
  });

  it('that uses what it does not hold is told as damaged', () => {
    for (const pickle of ['.', 'a.', 's.', 'e.', 'u.', 'R.', '\x86.', 'h\0.', 'Q.', 'b.', '2.', 'NNs.', '(K\x01d.', 'Nq\0(h\0R.'])
      refused(Buffer.from(pickle, 'latin1'), /is damaged|contains code/);
  });
});
