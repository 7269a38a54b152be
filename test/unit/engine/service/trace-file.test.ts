import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CallContext } from '../../../../src/core/call-context';
import { openLocal } from '../../../../src/model/checkpoint/local-source';
import { readSafetensorsHeader } from '../../../../src/model/checkpoint/safetensors';
import type { NamedTensor } from '../../../../src/engine/runtime/trace';
import { writeTraceFile } from '../../../../src/engine/service/trace-file';
import { temporaryFolder } from '../../../engine/checkpoint-files';

const idle: CallContext = { signal: { aborted: false }, report: () => undefined };

async function* tensors(count: number, onEach: (i: number) => void = () => undefined): AsyncGenerator<NamedTensor> {
  for (let i = 0; i < count; i++) {
    onEach(i);
    // A view into a larger buffer: only its own floats belong into the file.
    yield { name: `t.${i}`, tensor: { data: Float32Array.from([9, i, i + 0.5, 9]).subarray(1, 3), shape: [1, 2] } };
  }
}

describe('a trace file', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = temporaryFolder();
    file = join(folder, 'trace.safetensors');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is a sound safetensors file with every tensor in order', async () => {
    const entries = await writeTraceFile(file, tensors(30), 2, {}, idle);
    assert.equal(entries.length, 30);
    assert.deepEqual(entries[3], { name: 't.3', shape: [1, 2] });
    const found = await openLocal(file, (opened) => readSafetensorsHeader(opened, 'trace'));
    const bytes = readFileSync(file);
    assert.deepEqual(
      found.map(({ name, dtype, shape, offset }) => [name, dtype, shape, bytes.readFloatLE(offset), bytes.readFloatLE(offset + 4)]),
      Array.from({ length: 30 }, (_, i) => [`t.${i}`, 'F32', [1, 2], i, i + 0.5]),
    );
    assert.ok((found[0]?.offset ?? 1) % 8 === 0, 'readers may map the numbers as they lie');
  });

  it('says of itself what it is told to, at whatever length, and its numbers lie as before', async () => {
    const metadata = { model: 'm', prompt: `“${'long '.repeat(5000)}”` };
    await writeTraceFile(file, tensors(3), 1, metadata, idle);
    const bytes = readFileSync(file);
    const header: Record<string, unknown> = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE(0))));
    assert.deepEqual(header.__metadata__, metadata);
    const found = await openLocal(file, (opened) => readSafetensorsHeader(opened, 'trace'));
    assert.deepEqual(
      found.map(({ name, offset }) => [name, offset % 8, bytes.readFloatLE(offset + 4)]),
      [0, 1, 2].map((i) => [`t.${i}`, 0, i + 0.5]),
    );
  });

  it('replaces an older file only when it is complete, and leaves nothing else behind', async () => {
    writeFileSync(file, 'old');
    await writeTraceFile(
      file,
      tensors(2, () => assert.equal(readFileSync(file, 'utf8'), 'old')),
      1,
      {},
      idle,
    );
    assert.deepEqual(readdirSync(folder), ['trace.safetensors']);
  });

  it('leaves the older file alone when the pass fails half way', async () => {
    writeFileSync(file, 'old');
    const failing = tensors(5, (i) => {
      if (i === 3) throw new Error('model failed');
    });
    await assert.rejects(writeTraceFile(file, failing, 1, {}, idle), /model failed/);
    assert.deepEqual([readdirSync(folder), readFileSync(file, 'utf8')], [['trace.safetensors'], 'old']);
  });

  it('stops between tensors when the call is cancelled', async () => {
    const abort = new AbortController();
    const cancelling = tensors(5, (i) => i === 2 && abort.abort());
    await assert.rejects(writeTraceFile(file, cancelling, 1, {}, { ...idle, signal: abort.signal }), { code: 'cancelled' });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('says why it cannot be written', async () => {
    await assert.rejects(writeTraceFile(join(folder, 'no', 'such', 'folder.safetensors'), tensors(1), 1, {}, idle), {
      code: 'io',
      message: /folder\.safetensors cannot be written: there is no folder .*such\.$/,
    });
    mkdirSync(file);
    await assert.rejects(writeTraceFile(file, tensors(1), 1, {}, idle), {
      code: 'io',
      message: /trace\.safetensors cannot be written: it is a folder\.$/,
    });
    assert.deepEqual(readdirSync(folder), ['trace.safetensors']);
  });
});
