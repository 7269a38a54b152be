import assert from 'node:assert/strict';
import { promptLines } from '../../../../src/core/text/prompt-lines';
import { wholeFilePrompt } from '../../../../src/host/prompts/prompt-text';

describe('A file with one prompt on each line', () => {
  it('has a prompt for every line that says something, at the place where it stands', () => {
    const content = '# capitals\n\nThe capital of Japan\r\n  \nThe capital of France ';
    const lines = promptLines(content, { hashIsComment: true });
    assert.deepEqual(
      lines.map(({ text }) => text),
      ['The capital of Japan', 'The capital of France '],
    );
    for (const { text, start } of lines) assert.equal(content.slice(start, start + text.length), text);
  });

  it('has prompts on the lines that an editor counts, whatever ends a line', () => {
    for (const end of ['\n', '\r\n', '\r']) {
      const lines = promptLines(['# capitals', '', 'one', '   ', 'two', ''].join(end), { hashIsComment: true });
      assert.deepEqual(
        lines.map(({ text, line }) => [text, line]),
        [
          ['one', 3],
          ['two', 5],
        ],
        JSON.stringify(end),
      );
    }
  });

  it('has prompts that begin with # where that is no comment', () => {
    assert.deepEqual(
      promptLines('# Title\ntext', { hashIsComment: false }).map(({ text }) => text),
      ['# Title', 'text'],
    );
  });

  it('is one prompt as a whole, less the line breaks at its end', () => {
    assert.equal(wholeFilePrompt(' two\r\nlines \r\n\n'), ' two\r\nlines ');
  });
});
