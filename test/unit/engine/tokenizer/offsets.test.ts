import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import type { PromptToken } from '../../../../src/core/graph/flow-graph';
import { loadTokenizer } from '../../../../src/engine/tokenizer/load';
import type { PromptTokenizer } from '../../../../src/engine/tokenizer/prompt-tokenizer';
import { TOKENIZERS } from '../../../engine/checkpoint-files';

/** Text as people write it and as it should not be: scripts, joined emoji, stacked accents, controls, special tokens, halves of pairs. */
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(' the', 'The capital', '  ', '\n', '\r\n\t', "'re", 'é', 'e\u0301\u0323', 'ñ', '日本', '東京', '한국', '\u1112\u1161\u11ab', 'שלום', 'مرحبا'),
  fc.constantFrom('😀', '👩‍💻', '👨‍👩‍👧‍👦', '🇯🇵', '👍🏽', '❤️', '\u200d', '\ufeff', '\u0085', '\u2028', '\u0000', '▁', '\ufffd', '𝒜'),
  fc.constantFrom('<|endoftext|>', '<|end|>', ' <|end|> ', '<|start|>', '<s>', '<|endoftext|', '<0x0A>', '<script>'),
);
const prompt = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
const brokenPrompt = fc.array(fc.oneof(piece, fc.constantFrom('\ud83d', '\ude00', '\udfff\ud800')), { minLength: 1, maxLength: 8 }).map((pieces) => pieces.join(''));

/** Tokens in order, without a gap, from the first character to the last. */
function assertCovers(tokens: readonly PromptToken[], text: string): void {
  let end = 0;
  let start = 0;
  for (const token of tokens) {
    assert.ok(token.start >= start && token.start <= end, `token at ${token.start} after ${start}..${end} in ${JSON.stringify(text)}`);
    assert.ok(token.end >= end || token.start === token.end);
    start = token.start;
    end = Math.max(end, token.end);
  }
  assert.equal(end, text.length);
}

async function load(kind: string): Promise<PromptTokenizer> {
  const tokenizer = await loadTokenizer(join(TOKENIZERS, kind));
  assert.ok(tokenizer);
  return tokenizer;
}

describe('token offsets', function () {
  this.timeout(20_000);

  it('give exactly the characters of each token, for byte-level BPE', async () => {
    const tokenizer = await load('byte-level');
    fc.assert(
      fc.property(prompt, (text) => {
        const tokens = tokenizer.tokenize(text);
        assertCovers(tokens, text);
        for (const token of tokens) {
          const slice = text.slice(token.start, token.end);
          if (!token.fragment) assert.equal(slice, token.text);
          else {
            const bytes = Array.from(Buffer.from(slice), (byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`).join('');
            assert.ok(bytes.includes(token.text), `${token.text} in ${bytes}`);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  for (const kind of ['normalized', 'sentencepiece']) {
    it(`cover a prompt without a gap and in order, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(kind);
      fc.assert(fc.property(prompt, (text) => assertCovers(tokenizer.tokenize(text), text)), { numRuns: 250 });
    });
  }

  for (const kind of ['byte-level', 'normalized', 'sentencepiece']) {
    it(`stay right when halves of surrogate pairs stand alone, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(kind);
      fc.assert(fc.property(brokenPrompt, (text) => assertCovers(tokenizer.tokenize(text), text)), { numRuns: 200 });
    });
  }

  it('let every fragment of a character cover all of it', async () => {
    const tokens = (await load('byte-level')).tokenize('a🪐b');
    const planet = tokens.filter(({ start, end }) => start === 1 && end === 3);
    assert.equal(planet.length, tokens.length - 2);
    assert.ok(planet.every(({ fragment }) => fragment));
    assert.equal(planet.map(({ text }) => text).join(''), '<0xF0><0x9F><0xAA><0x90>');
  });

  it('are empty for a token that the tokenizer adds by itself, and not for the same token in the prompt', async () => {
    const tokens = (await load('normalized')).tokenize('<|start|>a');
    assert.deepEqual(tokens.map(({ text, start, end }) => [text, start, end]), [['<|start|>', 0, 0], ['<|start|>', 0, 9], ['a', 9, 10]]);
  });

  it('give white space to the added token that swallows it', async () => {
    const tokens = (await load('normalized')).tokenize('a  <|end|> \n b');
    assert.deepEqual(tokens.slice(1).map(({ text, start, end }) => [text, start, end]), [['a', 0, 1], ['<|end|>', 1, 13], ['b', 13, 14]]);
  });
});

describe('tokens without their prompt', function () {
  this.timeout(20_000);

  it('spell the prompt that they were cut from, at the same offsets', async () => {
    const tokenizer = await load('byte-level');
    fc.assert(
      fc.property(prompt, (text) => {
        const tokens = tokenizer.tokenize(text);
        assert.deepEqual(tokenizer.detokenize(tokens.map(({ id }) => id)), { text, tokens });
      }),
      { numRuns: 250 },
    );
  });

  it('may be any ids: broken characters read as U+FFFD, and offsets cover the text', async () => {
    const tokenizer = await load('byte-level');
    fc.assert(
      fc.property(fc.array(fc.nat(950), { minLength: 1, maxLength: 20 }), (ids) => {
        const { text, tokens } = tokenizer.detokenize(ids);
        assert.deepEqual(tokens.map(({ id }) => id), ids);
        assertCovers(tokens, text);
      }),
      { numRuns: 250 },
    );
  });
});
