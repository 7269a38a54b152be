import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Problem } from '../../../src/core/problem';
import { readGgufHeader, type GgufValue } from '../../../src/model/checkpoint/gguf/header';
import { openLocal } from '../../../src/model/checkpoint/local-source';
import { ggufTokenizerWarning } from '../../../src/model/checkpoint/gguf/pre-name';
import { loadTokenizer } from '../../../src/model/tokenizer/load';
import type { PromptTokenizer } from '../../../src/model/tokenizer/prompt-tokenizer';

const FIXTURES = path.join(__dirname, 'fixtures', 'tokenizers');

/** What make_tokenizers.py got: ids for each prompt; null where there is nothing to compare. */
interface Expected {
  readonly prompts: readonly string[];
  readonly byteLevel: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly sentencePiece: readonly (readonly number[] | null)[];
  readonly withoutPrefix: readonly (readonly number[] | null)[];
}

describe('The tokenizer of a GGUF file', () => {
  const expected = JSON.parse(readFileSync(path.join(FIXTURES, 'expected.json'), 'utf8')) as Expected;

  async function metadataOf(name: string, changes: Readonly<Record<string, GgufValue | undefined>> = {}): Promise<Map<string, GgufValue>> {
    const { metadata } = await openLocal(path.join(FIXTURES, `${name}.gguf`), (opened) => readGgufHeader(opened, name));
    const changed = new Map(metadata);
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined) changed.delete(`tokenizer.ggml.${key}`);
      else changed.set(`tokenizer.ggml.${key}`, value);
    }
    return changed;
  }

  async function load(name: string, changes: Readonly<Record<string, GgufValue | undefined>> = {}): Promise<PromptTokenizer> {
    const metadata = await metadataOf(name, changes);
    const tokenizer = await loadTokenizer({ kind: 'gguf', metadata: () => Promise.resolve(metadata) });
    assert.ok(tokenizer);
    return tokenizer;
  }

  const idsOf = (tokenizer: PromptTokenizer, prompt: string): number[] => tokenizer.tokenize(prompt).map(({ id }) => id);

  function agrees(tokenizer: PromptTokenizer, all: readonly (readonly number[] | null)[]): void {
    let compared = 0;
    expected.prompts.forEach((prompt, i) => {
      const ids = all[i];
      if (ids === null) return;
      assert.deepEqual(idsOf(tokenizer, prompt), ids, JSON.stringify(prompt));
      compared++;
    });
    assert.ok(compared > 30);
  }

  for (const [pre, ids] of Object.entries(expected.byteLevel)) {
    it(`cuts as ${pre} does`, async () => {
      agrees(await load('byte-level', { pre }), ids);
    });
  }

  it('of SentencePiece makes of its scores what the library makes of them', async () => {
    agrees(await load('sentence-piece'), expected.sentencePiece);
  });

  it('of SentencePiece puts no space in front where the file says so, and finds the texts that were added by hand', async () => {
    agrees(await load('without-prefix'), expected.withoutPrefix);
  });

  it('of SentencePiece gives the text back that it was given', async () => {
    for (const name of ['sentence-piece', 'without-prefix']) {
      const tokenizer = await load(name);
      // After a token that was found in the text, the tokenizer puts a space of its own again.
      for (const prompt of expected.prompts.filter((text) => !/<s>|<unk>/.test(text))) {
        const whole = prompt.replace(/▁/g, ' ');
        assert.equal(tokenizer.detokenize(idsOf(tokenizer, prompt)).text, `${tokenizer.tokenText(1).text}${whole}`, JSON.stringify(prompt));
      }
    }
  });

  it('puts marks around a text where the file says so, and where its kind does so by itself', async () => {
    const [begin, end] = [
      await load('byte-level', { add_bos_token: true }),
      await load('byte-level', { add_eos_token: true, eos_token_id: 5 }),
    ];
    const plain = idsOf(await load('byte-level'), 'a');
    const mark = (await metadataOf('byte-level')).get('tokenizer.ggml.bos_token_id');
    assert.deepEqual(idsOf(begin, 'a'), [mark, ...plain]);
    assert.deepEqual(idsOf(end, 'a'), [...plain, 5]);
    assert.deepEqual(idsOf(await load('byte-level', { pre: 'llama-bpe', add_bos_token: undefined }), 'a'), [mark, ...plain]);
    assert.deepEqual(idsOf(await load('byte-level', { pre: 'qwen2', add_bos_token: undefined }), 'a'), plain);
    assert.deepEqual(idsOf(await load('sentence-piece', { add_bos_token: false }), 'a').includes(1), false);
  });

  it('is refused by the name of how it cuts, or of its kind, where that is not known', async () => {
    const refused = (changes: Readonly<Record<string, GgufValue>>, name: RegExp): Promise<void> =>
      assert.rejects(load('byte-level', changes), (error) => {
        assert.ok(error instanceof Problem);
        assert.equal(error.code, 'tokenizer-invalid');
        assert.match(error.message, name);
        assert.ok(error.hint);
        return true;
      });
    await refused({ pre: 'superbpe' }, /"superbpe"/);
    await refused({ pre: '__proto__' }, /"__proto__"/);
    await refused({ model: 'rwkv' }, /"rwkv"/);
    await refused({ tokens: 5 }, /no list of tokens/);
    await refused({ merges: ['a', 5] }, /no list of merges/);
    await refused({ token_type: [1] }, /no list of types/);
    await assert.rejects(load('sentence-piece', { scores: [1] }), { code: 'tokenizer-invalid', message: /no list of scores/ });
  });

  it('is warned of where the file does not say how it cuts', async () => {
    assert.equal(ggufTokenizerWarning(await metadataOf('byte-level')), null);
    assert.equal(ggufTokenizerWarning(await metadataOf('sentence-piece')), null);
    for (const pre of [undefined, 'default']) {
      assert.match(ggufTokenizerWarning(await metadataOf('byte-level', { pre })) ?? '', /tokens may differ/);
      agrees(await load('byte-level', { pre }), expected.byteLevel['gpt-2']);
    }
  });

  it('is absent where the file holds none', async () => {
    const metadata = await metadataOf('byte-level', { model: undefined });
    assert.equal(await loadTokenizer({ kind: 'gguf', metadata: () => Promise.resolve(metadata) }), null);
  });
});
