import assert from 'node:assert/strict';
import fc from 'fast-check';
import { withCharacterParts } from '../../../../src/core/text/character-parts';
import { byteNames, showToken } from '../../../../src/core/text/token-text';
import { anyText } from '../../../support/any-text';

/** Tokens of a text that is cut into runs of so many bytes, as a byte-level tokenizer might. */
function cut(text: string, lengths: readonly number[]): { text: string; fragment?: true }[] {
  const bytes = new TextEncoder().encode(text);
  const tokens: { text: string; fragment?: true }[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const piece = bytes.subarray(at, (at += lengths[i % lengths.length]));
    const whole = new TextDecoder().decode(piece);
    tokens.push(whole.includes('\ufffd') ? { text: byteNames(piece), fragment: true } : { text: whole });
  }
  return tokens;
}
const shown = (tokens: readonly { text: string; fragment?: true }[]) => withCharacterParts(tokens).map(showToken);

describe('Tokens that are parts of characters', () => {
  it('are shown as the character, with the part', () => {
    assert.deepEqual(shown(cut('日本', [2, 1, 3])), ['日₁⁄₂', '日₂⁄₂', '本']);
    assert.deepEqual(shown(cut('😀', [1])), ['😀₁⁄₄', '😀₂⁄₄', '😀₃⁄₄', '😀₄⁄₄']);
  });

  it('are shown with the whole characters that they have too', () => {
    assert.deepEqual(shown(cut('の首都', [4, 5])), ['の首₁⁄₂', '首₂⁄₂都']);
    assert.deepEqual(shown(cut(' é', [2, 1])), ['·é₁⁄₂', 'é₂⁄₂']);
  });

  it('keep their bytes where those around them make no character of them', () => {
    const loose = [{ text: '<0xE6><0x97>', fragment: true }, { text: 'a' }, { text: '<0xA5>', fragment: true }] as const;
    assert.deepEqual(shown(loose), ['<0xE6><0x97>', 'a', '<0xA5>']);
    const broken = [
      { text: '<0xFF>', fragment: true },
      { text: '<0xC3>', fragment: true },
      { text: '<0xA9>', fragment: true },
    ] as const;
    assert.deepEqual(shown(broken), ['<0xFF>', 'é₁⁄₂', 'é₂⁄₂']);
  });

  it('keep bytes that only look like a character: overlong, beyond Unicode, half of a pair', () => {
    for (const bytes of [
      [0xc0, 0x80],
      [0xe0, 0x80, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf8, 0x88, 0x80, 0x80],
    ]) {
      const names = bytes.map((byte) => byteNames(Uint8Array.of(byte)));
      assert.deepEqual(shown(names.map((text) => ({ text, fragment: true }))), names);
    }
  });

  it('leave every other token as it is, and name every fragment of a text', () => {
    fc.assert(
      fc.property(anyText(), fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }), (text, lengths) => {
        const tokens = cut(text.replace(/[\p{Cs}\ufffd]/gu, ''), lengths);
        withCharacterParts(tokens).forEach((token, i) => {
          if (!token.fragment) assert.equal(token, tokens[i]);
          else assert.ok(token.inPrompt !== undefined && !token.inPrompt.includes('<0x'));
        });
      }),
    );
  });
});
