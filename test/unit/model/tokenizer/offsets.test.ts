import assert from 'node:assert/strict';
import { join } from 'node:path';
import fc from 'fast-check';
import type { PromptToken } from '../../../../src/core/format/flow-graph';
import { anyText } from '../../../support/any-text';
import { showToken } from '../../../../src/core/text/token-text';
import { loadTokenizerIn } from '../../../support/load-tokenizer-in';
import type { PromptTokenizer } from '../../../../src/model/tokenizer/prompt-tokenizer';
import { TOKENIZERS } from '../../../engine/checkpoint-files';
import { examples } from '../../../support/examples';

/** Text as people write it and as it should not be: scripts, joined emoji, stacked accents, controls, special tokens, halves of pairs. */
const piece = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  anyText(8),
  fc.constantFrom(
    ' the',
    'The capital',
    '  ',
    '\n',
    '\r\n\t',
    "'re",
    'é',
    'e\u0301\u0323',
    'ñ',
    '日本',
    '東京',
    '한국',
    '\u1112\u1161\u11ab',
    'שלום',
    'مرحبا',
  ),
  fc.constantFrom('😀', '👩‍💻', '👨‍👩‍👧‍👦', '🇯🇵', '👍🏽', '❤️', '\u200d', '\ufeff', '\u0085', '\u2028', '\u0000', '▁', '\ufffd', '𝒜'),
  fc.constantFrom('<|endoftext|>', '<|end|>', ' <|end|> ', '<|start|>', '<s>', '<|endoftext|', '<0x0A>', '<script>', '<bos>', '[INST]'),
);
const prompt = fc.array(piece, { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join(''));
const brokenPrompt = fc
  .array(fc.oneof(piece, fc.constantFrom('\ud83d', '\ude00', '\udfff\ud800')), { minLength: 1, maxLength: 8 })
  .map((pieces) => pieces.join(''));

/** Kinds whose tokens spell every character of a prompt, besides byte-level BPE, of which more is asked. */
const LOSSLESS = [
  'llama-3',
  'opt',
  'bloom',
  'falcon',
  'starcoder',
  'normalized',
  'qwen',
  'sentencepiece',
  'llama-metaspace',
  'gemma',
  'unigram-bytes',
];
/** Kinds that leave out white space, controls or accents. */
const LOSSY = ['t5', 'xglm', 'lowercase'];

/** Tokens in order, each inside the prompt. */
function assertOrdered(tokens: readonly PromptToken[], text: string): void {
  let before = 0;
  for (const { start, end } of tokens) {
    assert.ok(start >= before && end >= start && end <= text.length, `${start}–${end} after ${before} in ${JSON.stringify(text)}`);
    before = start;
  }
}

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
  const tokenizer = await loadTokenizerIn(join(TOKENIZERS, kind));
  assert.ok(tokenizer);
  return tokenizer;
}

describe('token offsets', () => {
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
      { numRuns: examples(400) },
    );
  });

  for (const kind of ['byte-level', 'sentencepiece', 'gemma'])
    it(`come with the characters that parts of them belong to: a prompt in Japanese can be read, for the ${kind} tokenizer`, async () => {
      const text = '日本の首都は';
      const shown = (await load(kind)).tokenize(text).map(showToken);
      assert.deepEqual(
        Array.from(text).filter((character) => !shown.some((token) => token.includes(character))),
        [],
      );
      assert.ok(!shown.some((token) => token.includes('<0x')), shown.join(' '));
    });

  for (const kind of LOSSLESS) {
    it(`cover a prompt without a gap and in order, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(kind);
      fc.assert(
        fc.property(prompt, (text) => assertCovers(tokenizer.tokenize(text), text)),
        { numRuns: examples(250) },
      );
    });
  }

  for (const kind of LOSSY) {
    it(`are in order and cover what is written with letters, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(kind);
      fc.assert(
        fc.property(prompt, (text) => {
          const tokens = tokenizer.tokenize(text);
          assertOrdered(tokens, text);
          for (const { index, 0: letter } of text.matchAll(/[a-z]/g)) {
            assert.ok(
              tokens.some(({ start, end }) => start <= index && index < end),
              `${letter} at ${index} in ${JSON.stringify(text)}`,
            );
          }
        }),
        { numRuns: examples(200) },
      );
    });
  }

  for (const kind of ['byte-level', 'normalized', 'sentencepiece']) {
    it(`stay right when halves of surrogate pairs stand alone, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(kind);
      fc.assert(
        fc.property(brokenPrompt, (text) => assertCovers(tokenizer.tokenize(text), text)),
        { numRuns: examples(200) },
      );
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
    assert.deepEqual(
      tokens.map(({ text, start, end }) => [text, start, end]),
      [
        ['<|start|>', 0, 0],
        ['<|start|>', 0, 9],
        ['a', 9, 10],
      ],
    );
  });

  it('give white space to the added token that swallows it', async () => {
    const tokens = (await load('normalized')).tokenize('a  <|end|> \n b');
    assert.deepEqual(
      tokens.slice(1).map(({ text, start, end }) => [text, start, end]),
      [
        ['a', 0, 1],
        ['<|end|>', 1, 13],
        ['b', 13, 14],
      ],
    );
  });
});

describe('tokens without their prompt', () => {
  for (const kind of ['llama-3', 'opt', 'bloom', 'falcon', 'starcoder', 'gemma']) {
    it(`decode to the prompt that they were cut from, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(kind);
      // SentencePiece writes the space as ▁, so it cannot tell a real ▁ from a space.
      const read = (text: string): string => (kind === 'gemma' ? text.replaceAll('▁', ' ') : text);
      fc.assert(
        fc.property(prompt, (text) => {
          const body = tokenizer.tokenize(text).filter(({ start, end }) => end > start);
          const decoded = tokenizer.detokenize(body.map(({ id }) => id));
          assert.equal(decoded.text, read(text));
          assert.deepEqual(decoded.tokens, body);
        }),
        { numRuns: examples(200) },
      );
    });
  }

  for (const kind of ['sentencepiece', 'llama-metaspace']) {
    it(`decode without the space that the ${kind} tokenizer puts in front`, async () => {
      const tokenizer = await load(kind);
      const words = fc
        .array(fc.constantFrom('The', ' capital', '  ', '\n', 'é', '日本', '😀', '.', '\t'), { minLength: 1 })
        .map((parts) => parts.join(''));
      fc.assert(
        fc.property(words, (text) => {
          const [, ...body] = tokenizer.tokenize(text);
          assert.equal(tokenizer.detokenize(body.map(({ id }) => id)).text.trimStart(), text.trimStart());
        }),
        { numRuns: examples(200) },
      );
    });
  }

  it('spell the prompt that they were cut from, at the same offsets', async () => {
    const tokenizer = await load('byte-level');
    fc.assert(
      fc.property(prompt, (text) => {
        const tokens = tokenizer.tokenize(text);
        assert.deepEqual(tokenizer.detokenize(tokens.map(({ id }) => id)), { text, tokens });
      }),
      { numRuns: examples(250) },
    );
  });

  it('may be any ids: broken characters read as U+FFFD, and offsets cover the text', async () => {
    const tokenizer = await load('byte-level');
    fc.assert(
      fc.property(fc.array(fc.nat(950), { minLength: 1, maxLength: 20 }), (ids) => {
        const { text, tokens } = tokenizer.detokenize(ids);
        assert.deepEqual(
          tokens.map(({ id }) => id),
          ids,
        );
        assertCovers(tokens, text);
      }),
      { numRuns: examples(250) },
    );
  });
});
