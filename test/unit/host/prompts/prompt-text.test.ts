import assert from 'node:assert/strict';
import { assertNotEmpty, promptSpan } from '../../../../src/host/prompts/prompt-text';
import type { TextSpan } from '../../../../src/host/prompts/prompt-text';

/** A document given as its lines; `|` marks the cursor, or two of them the ends of a selection. */
function pick(marked: readonly string[], hashIsComment = true): string {
  const places = marked.flatMap((line, number) => {
    const found: { line: number; character: number }[] = [];
    for (let at = line.indexOf('|'); at >= 0; at = line.indexOf('|', at + 1)) found.push({ line: number, character: at - found.length });
    return found;
  });
  const lines = marked.map((line) => line.replaceAll('|', ''));
  const [start, end = start] = places;
  assert.ok(start && end, 'the document needs a cursor');
  const span = promptSpan({ lineCount: lines.length, lineText: (line) => lines[line] ?? '' }, { start, end }, { hashIsComment });
  return textOf(lines, span);
}

function textOf(lines: readonly string[], { start, end }: TextSpan): string {
  const whole = lines.slice(start.line, end.line + 1);
  whole[whole.length - 1] = (whole.at(-1) ?? '').slice(0, end.character);
  whole[0] = (whole[0] ?? '').slice(start.character);
  return whole.join('\n');
}

describe('The prompt of an editor', () => {
  it('is the selection to the letter, spaces at its ends included', () => {
    assert.equal(pick(['The| capital |of']), ' capital ');
  });

  it('keeps the line breaks inside a selection', () => {
    assert.equal(pick(['one |two', '', 'three| four']), 'two\n\nthree');
  });

  it('leaves out the last line break of a selection of whole lines', () => {
    assert.equal(pick(['|The capital of Japan', 'is|']), 'The capital of Japan\nis');
    assert.equal(pick(['|The capital of Japan', '|is']), 'The capital of Japan');
    assert.equal(pick(['|one', 'two', '|three']), 'one\ntwo');
  });

  it('keeps a line break that was selected from within a line', () => {
    assert.equal(pick(['The| capital', '|is']), ' capital\n');
  });

  it('is the paragraph under the cursor where nothing is selected', () => {
    assert.equal(pick(['before', '', 'The capital', 'of Ja|pan', 'is', '  ', 'after']), 'The capital\nof Japan\nis');
  });

  it('reaches to the ends of the document where no blank line comes first', () => {
    assert.equal(pick(['one|']), 'one');
    assert.equal(pick(['one', '|two']), 'one\ntwo');
  });

  it('keeps spaces at the ends of a paragraph’s lines', () => {
    assert.equal(pick(['  is the city of |']), '  is the city of ');
  });

  it('is missing on a blank line, with a hint what to do', () => {
    assert.throws(() => pick(['one', ' |', 'two']), { code: 'empty-prompt', hint: /Select some text/ });
  });

  it('is missing in a paragraph of comments', () => {
    assert.throws(() => pick(['# a note', '  # on two l|ines', '', 'prompt']), { code: 'empty-prompt', message: /comment/ });
  });

  it('may be a heading where # makes one', () => {
    assert.equal(pick(['# Hea|ding'], false), '# Heading');
  });

  it('may begin with # when not every line does', () => {
    assert.equal(pick(['# a note', 'The cap|ital']), '# a note\nThe capital');
  });

  it('may be a comment that was selected', () => {
    assert.equal(pick(['|# a note|']), '# a note');
  });

  it('must not be empty, but may be a single blank or line break, which the model reads as a token', () => {
    assert.throws(
      () => {
        assertNotEmpty('');
      },
      { code: 'empty-prompt' },
    );
    for (const text of [' ', '\n', '\u00a0', ' a ']) assertNotEmpty(text);
  });
});
