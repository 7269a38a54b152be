import assert from 'node:assert/strict';
import { dated } from '../../../../src/model/tokenizer/chat/globals';

describe('The date that a chat template asks for', () => {
  it('is written in English, whatever the language of the machine', () => {
    const now = new Date(2026, 2, 5, 15, 4, 9);
    assert.equal(
      dated('%A, %d %B %Y (%a %b %y) %H:%M:%S %I %p %m 100%%', now),
      'Thursday, 05 March 2026 (Thu Mar 26) 15:04:09 03 PM 03 100%',
    );
  });

  it('is refused with a letter that is not known', () => {
    assert.throws(() => dated('%d %j'), /%j of a date cannot be rendered/);
  });
});
