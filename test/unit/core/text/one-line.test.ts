import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fromOneLine, onOneLine } from '../../../../src/core/text/one-line';

describe('a text in a field of one line', () => {
  it('has no line break, and comes back as it was, whatever it holds', () => {
    const piece = fc.constantFrom('\\', '\\n', '\n', '\r\n', 'n', 'r', '\\\\', 'a b', '🗾');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (text) => {
          const line = onOneLine(text);
          assert.doesNotMatch(line, /[\r\n]/);
          assert.equal(fromOneLine(line), text);
        },
      ),
    );
  });

  it('is a line break where \\n was typed; a backslash before anything else is itself', () => {
    assert.equal(fromOneLine('Q: 2 + 2\\nA:'), 'Q: 2 + 2\nA:');
    assert.equal(fromOneLine('\\alpha \\\\nu'), '\\alpha \\nu');
    assert.equal(onOneLine('one\ntwo \\ three'), 'one\\ntwo \\\\ three');
  });
});
