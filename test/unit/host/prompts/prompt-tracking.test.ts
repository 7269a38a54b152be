import assert from 'node:assert/strict';
import fc from 'fast-check';
import { locatePrompt, shiftOffset } from '../../../../src/host/prompts/prompt-tracking';
import type { TextChange } from '../../../../src/host/prompts/prompt-tracking';

function apply(text: string, { rangeOffset, rangeLength, text: inserted }: TextChange): string {
  return text.slice(0, rangeOffset) + inserted + text.slice(rangeOffset + rangeLength);
}

describe('A prompt in a document that is edited', () => {
  it('is found wherever edits outside of it have moved it', () => {
    const edits = fc.array(fc.record({ before: fc.boolean(), at: fc.nat(), length: fc.nat(6), text: fc.string({ maxLength: 6 }) }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        fc.string({ minLength: 1, maxLength: 12 }),
        fc.string({ maxLength: 12 }),
        edits,
        (before, prompt, after, list) => {
          let text = before + prompt + after;
          let start = before.length;
          for (const { before: isBefore, at, length, text: inserted } of list) {
            const [low, high] = isBefore ? [0, start] : [start + prompt.length, text.length];
            const rangeOffset = low + (at % (high - low + 1));
            const change = { rangeOffset, rangeLength: Math.min(length, high - rangeOffset), text: inserted };
            text = apply(text, change);
            start = shiftOffset(start, change);
            assert.equal(text.slice(start, start + prompt.length), prompt);
          }
        },
      ),
    );
  });

  it('is found at its only occurrence when its offset is out of date', () => {
    assert.equal(locatePrompt('a new line\nThe capital', 'The capital', 0), 11);
  });

  it('is preferred where it is expected when it occurs twice', () => {
    assert.equal(locatePrompt('abc abc', 'abc', 4), 4);
  });

  it('is not guessed when it occurs twice elsewhere', () => {
    assert.equal(locatePrompt('x abc abc', 'abc', 0), undefined);
  });

  it('is lost when its own text has changed', () => {
    assert.equal(locatePrompt('The capitol', 'The capital', 0), undefined);
  });

  it('moves to the beginning of an edit that swallows its first character', () => {
    assert.equal(shiftOffset(5, { rangeOffset: 3, rangeLength: 4, text: 'longer than before' }), 3);
  });
});
