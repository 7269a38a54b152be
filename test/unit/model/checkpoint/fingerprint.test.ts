import { strict as assert } from 'node:assert';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fingerprintOf } from '../../../../src/model/checkpoint/fingerprint';

describe('fingerprint of a checkpoint folder', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'visit-fingerprint-'));
    for (const name of ['a', 'b']) fill(name);
  });

  afterEach(() => rmSync(root, { recursive: true }));

  const at = (...parts: string[]): string => path.join(root, ...parts);
  const date = new Date('2024-01-02T03:04:05Z');

  function write(file: string, content: string, written = date): void {
    writeFileSync(file, content);
    utimesSync(file, written, written);
  }

  /** Two folders with the same files, as two runs of one training script leave them. */
  function fill(name: string): void {
    mkdirSync(at(name, 'final'), { recursive: true });
    for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'merges.txt']) write(at(name, 'final', file), 'content');
  }

  it('is the same as long as the files are, however the folder is written', async () => {
    const first = await fingerprintOf(at('a', 'final'));
    assert.match(first, /^[0-9a-f]{64}$/);
    assert.equal(await fingerprintOf(at('a', 'final')), first);
    assert.equal(await fingerprintOf(`${at('a', '..', 'a', 'final')}${path.sep}`), first);
    assert.equal(await fingerprintOf(path.relative(process.cwd(), at('a', 'final'))), first);
  });

  it('differs between two folders with the same name and the same files', async () => {
    assert.notEqual(await fingerprintOf(at('a', 'final')), await fingerprintOf(at('b', 'final')));
  });

  for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'merges.txt']) {
    it(`notices that ${file} was saved again, grew, or is gone`, async () => {
      const folder = at('a', 'final');
      const seen = new Set([await fingerprintOf(folder)]);
      write(path.join(folder, file), 'content', new Date('2024-01-02T03:04:06Z'));
      seen.add(await fingerprintOf(folder));
      write(path.join(folder, file), 'more content');
      seen.add(await fingerprintOf(folder));
      rmSync(path.join(folder, file));
      seen.add(await fingerprintOf(folder));
      assert.equal(seen.size, 4);
    });
  }

  // Windows lets only some accounts make links.
  if (process.platform !== 'win32') {
    it('notices that a link, as caches are made of, leads to another file', async () => {
      const weights = at('a', 'final', 'model.safetensors');
      const fingerprints = new Set<string>();
      for (const blob of ['first', 'second']) {
        write(at(blob), `the ${blob} weights`);
        rmSync(weights);
        symlinkSync(at(blob), weights);
        fingerprints.add(await fingerprintOf(at('a', 'final')));
      }
      assert.equal(fingerprints.size, 2);
    });
  }

  it('does not care about files that no model is read from', async () => {
    const before = await fingerprintOf(at('a', 'final'));
    write(at('a', 'final', 'README.md'), 'a model');
    mkdirSync(at('a', 'final', 'runs'));
    assert.equal(await fingerprintOf(at('a', 'final')), before);
  });

  it('names a folder that is not there', async () => {
    assert.match(await fingerprintOf(at('gone')), /^[0-9a-f]{64}$/);
    assert.notEqual(await fingerprintOf(at('gone')), await fingerprintOf(at('gone too')));
  });
});
