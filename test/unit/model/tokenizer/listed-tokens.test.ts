import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadTokenizerIn } from '../../../support/load-tokenizer-in';

describe('The tokens that visit.model.json lists', () => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'visit-tokens-'));
  after(() => rmSync(scratch, { recursive: true }));

  const cut = async (vocabulary: unknown, prompt: string) => {
    const folder = mkdtempSync(path.join(scratch, 'model-'));
    writeFileSync(path.join(folder, 'visit.model.json'), JSON.stringify({ vocabulary }));
    const tokenizer = await loadTokenizerIn(folder);
    return tokenizer!.tokenize(prompt).map(({ id, text, start, end }) => ({ id, text, is: prompt.slice(start, end) }));
  };

  it('are characters, blanks and new lines among them', async () => {
    const tokens = ['\n', ' ', 'a', 'b', 'c', 'é', '😀'];
    assert.deepEqual(await cut({ tokens }, 'ab \né😀'), [
      { id: 2, text: 'a', is: 'a' },
      { id: 3, text: 'b', is: 'b' },
      { id: 1, text: ' ', is: ' ' },
      { id: 0, text: '\n', is: '\n' },
      { id: 5, text: 'é', is: 'é' },
      { id: 6, text: '😀', is: '😀' },
    ]);
  });

  it('cut a prompt into as few as can be', async () => {
    assert.deepEqual(
      (await cut({ tokens: ['a', 'b', 'bab'] }, 'abab')).map(({ text }) => text),
      ['a', 'bab'],
    );
  });

  it('stand between blanks where these separate them', async () => {
    const tokens = ['1', '2', '12', '='];
    assert.deepEqual(
      (await cut({ tokens, separator: 'space' }, '12 1  =')).map(({ id }) => id),
      [2, 0, 3],
    );
  });

  it('have one before every prompt where the description says so', async () => {
    assert.deepEqual(
      (await cut({ tokens: ['a', '<s>'], begin: '<s>' }, 'aa')).map(({ id }) => id),
      [1, 0, 0],
    );
  });

  it('are refused where they could not be told apart, and a prompt where they cannot write it', async () => {
    await assert.rejects(cut({ tokens: ['a', 'b', 'a'] }, 'a'), /"a" is there twice/);
    await assert.rejects(cut({ tokens: ['a', 'b c'], separator: 'space' }, 'a'), /"b c" has a blank in it/);
    await assert.rejects(cut({ tokens: ['a'], begin: 'x' }, 'a'), /"x", which is not among the tokens/);
    await assert.rejects(cut({ tokens: [] }, 'a'), /tokens/);
    await assert.rejects(cut({ tokens: ['a'] }, 'az'), /no tokens for some characters of "az"/);
  });
});
