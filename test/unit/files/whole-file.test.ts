import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { throughDraft, writeFileInParts, writeWholeFile } from '../../../src/files/whole-file';
import { temporaryFolder } from '../../engine/checkpoint-files';

describe('a file that appears complete or not at all', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = temporaryFolder();
    file = path.join(folder, 'answer.json');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the place of an older one, and leaves nothing else behind', async () => {
    writeFileSync(file, 'old, and longer than the new one');
    await writeWholeFile(file, 'new: ½');
    assert.deepEqual([readdirSync(folder), readFileSync(file, 'utf8')], [['answer.json'], 'new: ½']);
  });

  it('is written part by part in any order, the older one being there until the end', async () => {
    writeFileSync(file, 'old');
    const answer = await writeFileInParts(file, async (write) => {
      await write(Buffer.from('world'), 6);
      await write(Buffer.from('hello '), 0);
      assert.equal(readFileSync(file, 'utf8'), 'old');
      return 42;
    });
    assert.deepEqual([answer, readdirSync(folder), readFileSync(file, 'utf8')], [42, ['answer.json'], 'hello world']);
  });

  it('is not there when writing fails, and an older one is as it was', async () => {
    const fail = (write: (bytes: Uint8Array, position: number) => Promise<void>) =>
      write(Buffer.from('half'), 0).then(() => {
        throw new Error('no more');
      });
    await assert.rejects(writeFileInParts(file, fail), /no more/);
    assert.deepEqual(readdirSync(folder), []);
    writeFileSync(file, 'old');
    await assert.rejects(writeFileInParts(file, fail), /no more/);
    assert.deepEqual([readdirSync(folder), readFileSync(file, 'utf8')], [['answer.json'], 'old']);
  });

  it('leaves no draft where it cannot take its name', async () => {
    mkdirSync(file);
    await assert.rejects(writeWholeFile(file, 'text'), (error: NodeJS.ErrnoException) => error.syscall === 'rename');
    assert.deepEqual(readdirSync(folder), ['answer.json']);
  });

  it('is written by several at once, one of which wins as a whole', async () => {
    const texts = Array.from({ length: 8 }, (_, i) => `${i}`.repeat(100_000));
    await Promise.all(texts.map((text) => writeWholeFile(file, text)));
    assert.deepEqual(readdirSync(folder), ['answer.json']);
    assert.ok(texts.includes(readFileSync(file, 'utf8')));
  });

  it('leaves no draft of a process that exits before it is complete', () => {
    const module = JSON.stringify(path.resolve(__dirname, '../../../src/files/whole-file.ts'));
    const script = `require(${module}).writeFileInParts(${JSON.stringify(file)}, async (write) => {
      await write(Buffer.from('half'), 0);
      process.exit(7);
    })`;
    const { status, stderr } = spawnSync(process.execPath, ['-r', 'tsx/cjs', '-e', script], { encoding: 'utf8' });
    assert.equal(status, 7, stderr);
    assert.deepEqual(readdirSync(folder), []);
  });

  it('may be made by something else', async () => {
    await throughDraft(file, async (draft) => writeFileSync(draft, path.basename(draft)));
    assert.match(readFileSync(file, 'utf8'), /^answer\.json\..+\.tmp$/);
  });
});
