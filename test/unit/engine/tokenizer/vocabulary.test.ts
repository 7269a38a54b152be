import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { loadTokenizer } from '../../../../src/engine/tokenizer/load';
import type { PromptTokenizer } from '../../../../src/engine/tokenizer/prompt-tokenizer';
import { temporaryFolder, TOKENIZERS } from '../../../engine/checkpoint-files';

/** Tokens of the byte-level fixture. */
const SIZE = 817;

async function load(folder: string): Promise<PromptTokenizer> {
  const tokenizer = await loadTokenizer(folder);
  assert.ok(tokenizer);
  return tokenizer;
}

const idOf = (tokenizer: PromptTokenizer, text: string): number | undefined => {
  const match = tokenizer.findToken(text);
  return match.kind === 'one' ? match.token.id : undefined;
};

describe('the text of a token', () => {
  it('is what the token adds to a text, with its leading space', async () => {
    const tokenizer = await load(join(TOKENIZERS, 'byte-level'));
    assert.deepEqual(tokenizer.tokenize('The capital').map(({ text }) => text), ['The', ' capital']);
  });

  it('names the bytes of a fragment', async () => {
    const tokenizer = await load(join(TOKENIZERS, 'byte-level'));
    const fragments = Array.from({ length: SIZE }, (_, id) => tokenizer.tokenText(id)).filter(({ fragment }) => fragment);
    assert.ok(fragments.length >= 128, 'single bytes above 0x7F are fragments');
    for (const { text } of fragments) assert.match(text, /^(<0x[0-9A-F]{2}>)+$/);
  });

  it('is its id where the vocabulary names no token', async () => {
    const tokenizer = await load(join(TOKENIZERS, 'byte-level'));
    assert.deepEqual(tokenizer.tokenText(50_300), { id: 50_300, text: '#50300' });
  });

  it('spells bytes and spaces of a SentencePiece vocabulary', async () => {
    const tokenizer = await load(join(TOKENIZERS, 'sentencepiece'));
    assert.equal(idOf(tokenizer, '\n'), 4 + 0x0a);
    assert.deepEqual(tokenizer.tokenText(4 + 0xff), { id: 4 + 0xff, text: '<0xFF>', fragment: true });
    assert.ok(idOf(tokenizer, ' The') !== undefined);
    const a = idOf(tokenizer, 'a');
    assert.ok(a !== undefined && a > 4 + 0xff, 'a letter is its own token, not the fallback of its byte');
  });
});

describe('finding a token by its text', () => {
  let tokenizer: PromptTokenizer;
  before(async () => (tokenizer = await load(join(TOKENIZERS, 'byte-level'))));

  it('finds every token of the vocabulary by the text that is shown for it', () => {
    for (let id = 0; id < SIZE; id++) {
      const { text } = tokenizer.tokenText(id);
      const match = tokenizer.findToken(text);
      assert.equal(match.kind, 'one', `${id} ${text}`);
      if (match.kind === 'one') assert.equal(match.token.text, text);
    }
  });

  it('tells a token with a leading space from one without', () => {
    assert.notEqual(idOf(tokenizer, ' Tokyo'), undefined);
    assert.equal(idOf(tokenizer, 'Tokyo'), undefined);
  });

  it('explains a text of several tokens by its pieces, and offers what may have been meant', () => {
    const match = tokenizer.findToken('tokyo');
    assert.equal(match.kind, 'many');
    if (match.kind !== 'many') return;
    assert.equal(match.pieces.map(({ text }) => text).join(''), 'tokyo');
    assert.ok(match.pieces.length > 1);
    assert.deepEqual(match.near.map(({ text }) => text), [' Tokyo']);
  });

  it('understands the dot that stands for a space where tokens are drawn', () => {
    const match = tokenizer.findToken('·Tokyo');
    assert.ok(match.kind === 'many' && match.near.some(({ text }) => text === ' Tokyo'));
  });

  it('finds nothing in an empty text', () => {
    assert.deepEqual(tokenizer.findToken(''), { kind: 'many', pieces: [], near: [] });
  });
});

describe('the fewest tokens that a prompt may have', () => {
  for (const kind of ['byte-level', 'normalized', 'sentencepiece']) {
    it(`are never more than it has, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(join(TOKENIZERS, kind));
      const texts = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('<|end|>', '<|endoftext|>', ' '.repeat(30), ' capital'), fc.nat(899).map((id) => tokenizer.tokenText(id).text)));
      fc.assert(fc.property(texts.map((parts) => parts.join('')), (text) => assert.ok(tokenizer.fewestTokens(text) <= tokenizer.tokenize(text).length)));
    });
  }
});

describe('loading a tokenizer', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const change = (edit: (definition: Record<string, unknown>) => void): void => {
    const definition = JSON.parse(readFileSync(join(TOKENIZERS, 'byte-level', 'tokenizer.json'), 'utf8')) as Record<string, unknown>;
    edit(definition);
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(definition));
  };

  it('gives null where there is none', async () => assert.equal(await loadTokenizer(folder), null));

  it('does without parts that a definition may leave out', async () => {
    change((definition) => {
      for (const part of ['added_tokens', 'normalizer', 'post_processor']) delete definition[part];
    });
    const tokens = (await load(folder)).tokenize('The capital');
    assert.deepEqual(tokens.map(({ text }) => text), ['The', ' capital']);
  });

  it('does not clean up spaces, whatever the configuration says', async () => {
    change(() => undefined);
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"clean_up_tokenization_spaces":true,"additional_special_tokens":[{"content":"<x>"}]}');
    assert.equal((await load(folder)).tokenize('city of Tokyo .').map(({ text }) => text).join(''), 'city of Tokyo .');
  });

  it('puts a leading space that the tokenizer adds nowhere in the prompt', async () => {
    change((definition) => (definition['pre_tokenizer'] = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }));
    const tokens = (await load(folder)).tokenize('capital of Japan');
    assert.deepEqual(tokens.map(({ text, start, end }) => [text, start, end]), [[' capital', 0, 7], [' of', 7, 10], [' Japan', 10, 16]]);
  });

  it('refuses to guess offsets when the tokenizer changes the text', async () => {
    change((definition) => (definition['normalizer'] = { type: 'Lowercase' }));
    const tokenizer = await load(folder);
    assert.equal(tokenizer.tokenize('tokyo').map(({ text }) => text).join(''), 'tokyo');
    assert.throws(() => tokenizer.tokenize('Tokyo'), { code: 'tokenizer-invalid', message: /changes the text "Tokyo"/ });
  });

  it('refuses to drop bytes that the vocabulary lacks', async () => {
    change((definition) => {
      const model = definition['model'] as { vocab: Record<string, number> };
      delete model.vocab['z'];
    });
    const tokenizer = await load(folder);
    assert.throws(() => tokenizer.tokenize('zzz'), { code: 'tokenizer-invalid' });
  });

  for (const [what, content] of [['is no JSON', '{'], ['is empty', '{}'], ['has a model that is no object', '{"model":3}'], ['has an unknown model', '{"model":{"type":"Magic","byte_fallback":true}}']] as const) {
    it(`refuses a tokenizer.json that ${what}`, async () => {
      writeFileSync(join(folder, 'tokenizer.json'), content);
      await assert.rejects(loadTokenizer(folder), { name: 'Problem', code: 'tokenizer-invalid', hint: /fetch the checkpoint again/ });
    });
  }

  it('refuses a kind of tokenizer that forgets its text', async () => {
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ model: { type: 'WordPiece', vocab: { a: 0 }, unk_token: '[UNK]' }, pre_tokenizer: { type: 'BertPreTokenizer' }, decoder: { type: 'WordPiece' } }));
    await assert.rejects(loadTokenizer(folder), { code: 'tokenizer-invalid', message: /WordPiece/ });
  });

  it('says so when tokenizer.json is a folder', async () => {
    mkdirSync(join(folder, 'tokenizer.json'));
    await assert.rejects(loadTokenizer(folder), { code: 'io' });
  });
});
