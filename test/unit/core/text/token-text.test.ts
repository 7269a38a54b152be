import assert from 'node:assert/strict';
import fc from 'fast-check';
import { byteNames, showPrompt, showToken, showTokenInFull } from '../../../../src/core/text/token-text';
import { anyText } from '../../../support/any-text';

describe('showToken', () => {
  const cases: [string, string][] = [
    [' Tokyo', '·Tokyo'],
    ['a b', 'a b'],
    ['  ', '··'],
    ['', '∅'],
    ['\n\t', '\\n\\t'],
    ['\u001b[31m', '\\u{1b}[31m'],
    ['a\u202eb', 'a\\u{202e}b'],
    ['é😀', 'é😀'],
    ['<img src=x>', '<img src=x>'],
    ['\u00a0', 'NBSP'],
    [' \u3000a', '·\\u{3000}a'],
    ['👩\u200d🚀', '👩\\u{200d}🚀'],
    ['\u3164', '\\u{3164}'],
    ['\u2800', '\\u{2800}'],
    ['\ufe0f', '\\u{fe0f}'],
    ['❤\ufe0f', '❤\ufe0f'],
    ['\u0301', '◌\u0301'],
    [' \u093f', '·◌\u093f'],
  ];
  for (const [text, shown] of cases) {
    it(`shows ${JSON.stringify(text)} as ${JSON.stringify(shown)}`, () => assert.equal(showToken({ text }), shown));
  }

  it('lets no control or bidirectional character through', () => {
    fc.assert(fc.property(anyText(), (text) => !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(showToken({ text }))));
  });

  it('shows no character as nothing', () => {
    // Every character of the planes that have any; of those without, and of those for private use, every 61st.
    const inUse = (code: number): boolean => code < 0x40000 || code >> 16 === 0xe;
    const characters = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => inUse(code) || code % 61 === 0);
    const blank = characters
      .map((code) => String.fromCodePoint(code))
      .filter((character) => /^[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(showToken({ text: character })));
    assert.deepEqual(blank, []);
  });

  it('shows a fragment in a prompt as the character that it is a part of, and its bytes where there is room', () => {
    const token = { text: '<0xE6><0x97>', fragment: true, inPrompt: '日₁⁄₂' } as const;
    assert.equal(showToken(token), '日₁⁄₂');
    assert.equal(showTokenInFull(token), '日₁⁄₂ <0xE6><0x97>');
    assert.equal(showToken({ ...token, inPrompt: ' \u200d₁⁄₃' }), '·\\u{200d}₁⁄₃');
  });

  it('shows no token as nothing', () => {
    fc.assert(fc.property(anyText(), (text) => showToken({ text }).trim() !== ''));
  });

  it('names the bytes of a fragment', () => {
    assert.equal(showToken({ text: byteNames(Uint8Array.of(0xf0, 0x0a)), fragment: true }), '<0xF0><0x0A>');
  });
});

describe('showPrompt', () => {
  it('keeps a joiner that makes one picture of two', () => {
    for (const text of ['👩\u200d🚀', '🏳️\u200d🌈 up', '👩🏽\u200d🚀', '👨\u200d👩\u200d👧']) assert.equal(showPrompt(text), text);
  });

  it('escapes every other joiner, and what could reorder or hide text', () => {
    assert.equal(showPrompt('a\u200db\u200d👩\u200d\u202e🚀\n'), 'a\\u{200d}b\\u{200d}👩\\u{200d}\\u{202e}🚀\\n');
  });

  it('leaves spaces at the edges as they are', () => assert.equal(showPrompt(' Tokyo '), ' Tokyo '));
});
