import assert from 'node:assert/strict';
import { offsetOfLastTokens, type CutText } from '../../../../src/core/text/last-tokens';

/** Cuts a text into tokens at the given lengths, in a context of `contextLength`. */
function tokenizer(contextLength: number, lengthsOf: (text: string) => readonly number[]): (text: string) => Promise<CutText> {
  return (text) => {
    let end = 0;
    const tokens = lengthsOf(text).map((length, id) => {
      const start = end;
      end += length;
      return { id, text: text.slice(start, end), start, end };
    });
    return Promise.resolve({ tokens, fits: tokens.length <= contextLength, contextLength });
  };
}

const letters = (text: string): number[] => Array.from(text, (c) => c.length);

describe('The last tokens of a prompt', () => {
  it('are all of it when it fits', async () => {
    assert.equal(await offsetOfLastTokens('abc', tokenizer(3, letters)), 0);
  });

  it('begin at a token’s beginning and fill the context', async () => {
    assert.equal(await offsetOfLastTokens('abcdef', tokenizer(4, letters)), 2);
    assert.equal(await offsetOfLastTokens('a😀cd', tokenizer(2, letters)), 3);
  });

  it('are fewer when the shortened text falls into more tokens', async () => {
    // Whole, the text is 3 tokens; without its beginning every letter is one.
    const lengths = (text: string): number[] => (text === 'aabbcc' ? [2, 2, 2] : letters(text));
    const offset = await offsetOfLastTokens('aabbcc', tokenizer(2, lengths));
    assert.equal(offset, 4);
  });

  it('leave out a mark that was added in front', async () => {
    const withMark = (text: string): number[] => [0, ...letters(text)];
    assert.equal(await offsetOfLastTokens('abcdef', tokenizer(4, withMark)), 3);
  });

  it('are refused when no end of the text fits', async () => {
    await assert.rejects(
      offsetOfLastTokens(
        'abc',
        tokenizer(1, () => [3, 0, 0]),
      ),
      { code: 'prompt-too-long' },
    );
  });
});
