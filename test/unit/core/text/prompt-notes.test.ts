import assert from 'node:assert/strict';
import { promptNotes } from '../../../../src/core/text/prompt-notes';

describe('what is said of a prompt', () => {
  const kinds = (...tokens: { id?: number; text: string; added?: true }[]): string[] => {
    let end = 0;
    const placed = tokens.map(({ id = 7, text, added }) => ({ id, text, start: end, end: (end += added ? 0 : text.length) }));
    return promptNotes(placed).map(({ kind }) => kind);
  };
  const words = (...texts: string[]): string[] => kinds(...texts.map((text, i) => ({ id: i, text })));

  it('a space at its end is known by the last token', () => {
    assert.deepEqual(
      [words('city', ' of', ' '), words(' of', '  '), words('city', ' of'), words(' ', 'of'), words('of', '\n'), words()],
      [['ends-in-space'], ['ends-in-space'], [], [], [], []],
    );
  });

  it('a mark of its beginning that is typed although the tokenizer adds it is doubled', () => {
    const bos = { id: 1, text: '<s>' };
    assert.deepEqual(kinds({ ...bos, added: true }, bos, { text: 'The' }), ['begins-twice']);
    assert.deepEqual(kinds({ ...bos, added: true }, { text: 'The' }), []);
    assert.deepEqual(kinds(bos, bos, { text: 'The' }), [], 'typed twice, as the person wants it');
    assert.deepEqual(kinds({ ...bos, added: true }), []);
  });
});
