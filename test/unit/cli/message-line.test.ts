import assert from 'node:assert/strict';
import { messageLine } from '../../../src/cli/output/message-line';

describe('a problem in a terminal', () => {
  it('is one line of message and hint', () => {
    assert.equal(messageLine({ message: 'It broke\n  here.', hint: 'Mend it.' }), 'It broke here. Mend it.');
  });

  it('cannot command the terminal with a name from a damaged file', () => {
    assert.equal(messageLine({ message: 'tensor "a\u001b[2J\r\u202eb" is bad.' }), 'tensor "a\\u{1b}[2J\\r\\u{202e}b" is bad.');
  });
});
