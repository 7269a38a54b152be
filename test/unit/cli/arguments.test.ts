import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { layerRange, readPrompt, tokenIds, wholeNumber } from '../../../src/cli/arguments';

describe('a prompt file', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(tmpdir(), 'visit-prompt-'))));
  after(() => rmSync(folder, { recursive: true }));

  const read = (bytes: string | Uint8Array) => {
    const promptFile = path.join(folder, 'prompt.txt');
    writeFileSync(promptFile, bytes);
    return readPrompt(new Command(), { promptFile });
  };

  it('keeps its line ends, but for one at its end', async () => {
    assert.deepEqual(await read('one\r\ntwo\r\n\r\n'), { text: 'one\r\ntwo\r\n' });
    assert.deepEqual(await read('one\ntwo'), { text: 'one\ntwo' });
  });

  it('loses the byte order mark that some editors write', async () => {
    assert.deepEqual(await read('\uFEFFThe capital'), { text: 'The capital' });
  });

  it('is refused when it is not UTF-8, for a model would read the damage as text', async () => {
    for (const bytes of [Buffer.from('café', 'latin1'), Buffer.from('\uFEFFThe', 'utf16le')]) {
      await assert.rejects(read(bytes), { code: 'io', message: /not UTF-8/ });
    }
  });
});

describe('numbers on the command line', () => {
  it('that are too large to be counted with are bad usage', () => {
    const huge = '9'.repeat(20);
    for (const reader of [layerRange, tokenIds, wholeNumber(0), wholeNumber(-Infinity)]) {
      assert.throws(
        () => reader(huge),
        (error) => error instanceof InvalidArgumentError && /too large/.test(error.message),
      );
    }
  });

  it('are read as they are written', () => {
    assert.deepEqual(
      [layerRange('3'), layerRange('3-5'), tokenIds('1, 2,3'), wholeNumber(-Infinity)('-4')],
      [{ from: 3, to: 3 }, { from: 3, to: 5 }, [1, 2, 3], -4],
    );
  });
});
