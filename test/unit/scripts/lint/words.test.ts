import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

describe('The word list of the spelling checker', () => {
  it('is sorted, in lower case, and has every word once', () => {
    const words = readFileSync(path.join(__dirname, '../../../../.cspell/words.txt'), 'utf8').trimEnd().split('\n');
    assert.deepEqual(words, [...new Set(words.map((word) => word.toLowerCase()))].sort());
  });
});
