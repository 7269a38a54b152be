import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { searchLimit } from '../../../../src/model/tokenizer/file-pattern';
import { loadTokenizerIn } from '../../../support/load-tokenizer-in';
import type { PromptTokenizer } from '../../../../src/model/tokenizer/prompt-tokenizer';
import { temporaryFolder, TOKENIZERS } from '../../../engine/checkpoint-files';

/** Tokens of the byte-level fixture. */
const SIZE = 817;

async function load(folder: string): Promise<PromptTokenizer> {
  const tokenizer = await loadTokenizerIn(folder);
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
    assert.deepEqual(
      tokenizer.tokenize('The capital').map(({ text }) => text),
      ['The', ' capital'],
    );
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
    assert.deepEqual(
      match.near.map(({ text }) => text),
      [' Tokyo'],
    );
  });

  it('understands the dot that stands for a space where tokens are drawn', () => {
    const match = tokenizer.findToken('·Tokyo');
    assert.ok(match.kind === 'many' && match.near.some(({ text }) => text === ' Tokyo'));
  });

  for (const kind of ['sentencepiece', 'llama-metaspace', 'gemma', 't5', 'unigram-bytes']) {
    it(`offers the token with a leading space, also where its mark is typed, for the ${kind} tokenizer`, async () => {
      const sentencePiece = await load(join(TOKENIZERS, kind));
      for (const typed of ['THE', '▁THE', '·THE']) {
        const match = sentencePiece.findToken(typed);
        assert.ok(match.kind === 'many' && match.near.some(({ text }) => text === ' the'), typed);
      }
      assert.equal(
        idOf(sentencePiece, ' the'),
        sentencePiece
          .tokenize('x the')
          .filter(({ start }) => start > 0)
          .at(0)?.id,
      );
    });
  }

  it('shows runs of spaces and bytes of a SentencePiece vocabulary as what they are, added tokens included', async () => {
    const gemma = await load(join(TOKENIZERS, 'gemma'));
    const shown = (text: string): string[] =>
      gemma
        .tokenize(text)
        .slice(1)
        .map((token) => token.text);
    assert.deepEqual(shown('    '), ['    ']);
    assert.deepEqual(shown('▁▁'), ['  ']);
    assert.deepEqual(shown('\n\n'), ['\n\n']);
    assert.deepEqual(shown('🪐'), ['<0xF0>', '<0x9F>', '<0xAA>', '<0x90>']);
  });

  it('finds nothing in an empty text', () => {
    assert.deepEqual(tokenizer.findToken(''), { kind: 'many', pieces: [], near: [] });
  });
});

describe('the fewest tokens that a prompt may have', () => {
  for (const kind of ['byte-level', 'normalized', 'sentencepiece', 'gemma', 't5', 'unigram-bytes', 'lowercase']) {
    it(`are never more than it has, for the ${kind} tokenizer`, async () => {
      const tokenizer = await load(join(TOKENIZERS, kind));
      const texts = fc.array(
        fc.oneof(
          fc.string({ unit: 'grapheme' }),
          fc.constantFrom('<|end|>', '<|endoftext|>', ' '.repeat(30), ' capital'),
          fc.nat(899).map((id) => tokenizer.tokenText(id).text),
        ),
      );
      fc.assert(
        fc.property(
          texts.map((parts) => parts.join('')),
          (text) => assert.ok(tokenizer.fewestTokens(text) <= tokenizer.tokenize(text).length),
        ),
      );
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

  it('gives null where there is none', async () => assert.equal(await loadTokenizerIn(folder), null));

  it('does without parts that a definition may leave out', async () => {
    change((definition) => {
      for (const part of ['added_tokens', 'normalizer', 'post_processor']) delete definition[part];
    });
    const tokens = (await load(folder)).tokenize('The capital');
    assert.deepEqual(
      tokens.map(({ text }) => text),
      ['The', ' capital'],
    );
  });

  it('does not clean up spaces, whatever the configuration says', async () => {
    change(() => undefined);
    writeFileSync(
      join(folder, 'tokenizer_config.json'),
      '{"clean_up_tokenization_spaces":true,"additional_special_tokens":[{"content":"<x>"}]}',
    );
    assert.equal(
      (await load(folder))
        .tokenize('city of Tokyo .')
        .map(({ text }) => text)
        .join(''),
      'city of Tokyo .',
    );
  });

  it('puts a leading space that the tokenizer adds nowhere in the prompt', async () => {
    change(
      (definition) => (definition['pre_tokenizer'] = { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }),
    );
    const tokens = (await load(folder)).tokenize('capital of Japan');
    assert.deepEqual(
      tokens.map(({ text, start, end }) => [text, start, end]),
      [
        [' capital', 0, 7],
        [' of', 7, 10],
        [' Japan', 10, 16],
      ],
    );
  });

  it('keeps the offsets when the tokenizer changes the text', async () => {
    change((definition) => (definition['normalizer'] = { type: 'Lowercase' }));
    const tokens = (await load(folder)).tokenize('CAPITAL Of');
    assert.deepEqual(tokens.map(({ text, start, end }) => [text, start, end]).at(-1), [' of', 7, 10]);
  });

  it('refuses a normalizer and a pre-tokenizer that are not known here', async () => {
    change((definition) => (definition['normalizer'] = { type: 'Nmt' }));
    await assert.rejects(load(folder), { code: 'tokenizer-invalid', message: /\(Nmt\)/ });
    change((definition) => (definition['pre_tokenizer'] = { type: 'UnicodeScripts' }));
    await assert.rejects(load(folder), { code: 'tokenizer-invalid', message: /UnicodeScripts|neither byte-level/ });
  });

  it('refuses to drop bytes that the vocabulary lacks', async () => {
    change((definition) => {
      const model = definition['model'] as { vocab: Record<string, number> };
      delete model.vocab['z'];
    });
    const tokenizer = await load(folder);
    assert.throws(() => tokenizer.tokenize('zzz'), { code: 'tokenizer-invalid' });
  });

  for (const [what, change, named] of [
    ['a model of whole words', { model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' } }, /WordLevel/],
    ['a prefix of letters inside words', { continuing_subword_prefix: '##' }, /continuing_subword_prefix is "##"/],
    ['merges that are left out by chance', { dropout: 0.1 }, /dropout is 0.1/],
    ['a pattern that is none', { pattern: '(?<a' }, /pattern that cannot be searched for: "\(\?<a"/],
  ] as const) {
    it(`refuses ${what} by name, and says that token ids can be given`, async () => {
      const definition = JSON.parse(readFileSync(join(TOKENIZERS, 'byte-level', 'tokenizer.json'), 'utf8')) as { model: object };
      const changed =
        'model' in change
          ? { ...definition, ...change }
          : 'pattern' in change
            ? { ...definition, pre_tokenizer: { type: 'Split', pattern: { Regex: change.pattern }, behavior: 'Isolated' } }
            : { ...definition, model: { ...definition.model, ...change } };
      writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(changed));
      await assert.rejects(loadTokenizerIn(folder), { code: 'tokenizer-invalid', message: named, hint: /--tokens/ });
    });
  }

  it('cuts at a text that is to be found as it is, whatever its characters mean in a regular expression', async () => {
    const definition = JSON.parse(readFileSync(join(TOKENIZERS, 'byte-level', 'tokenizer.json'), 'utf8')) as object;
    const split = { type: 'Split', pattern: { String: '-.(' }, behavior: 'Isolated' };
    const pre_tokenizer = { type: 'Sequence', pretokenizers: [split, { type: 'ByteLevel', add_prefix_space: false, use_regex: false }] };
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ ...definition, pre_tokenizer }));
    const tokenizer = await load(folder);
    const pieces = (text: string): string[] => tokenizer.tokenize(text).map((token) => text.slice(token.start, token.end));
    assert.deepEqual(pieces('a-.(b'), [...pieces('a'), ...pieces('-.('), ...pieces('b')]);
  });

  it('ends a search that backtracks without end, naming the pattern', async () => {
    const definition = JSON.parse(readFileSync(join(TOKENIZERS, 'byte-level', 'tokenizer.json'), 'utf8')) as object;
    const split = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated' };
    const pre_tokenizer = { type: 'Sequence', pretokenizers: [split, { type: 'ByteLevel', add_prefix_space: false }] };
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ ...definition, pre_tokenizer }));
    const tokenizer = await load(folder);
    assert.equal(tokenizer.tokenize('aaa').length > 0, true);
    const { seconds } = searchLimit;
    assert.equal(seconds, 3);
    searchLimit.seconds = 0.1;
    try {
      const message = /"\(a\+\)\+\$" was searched for in the prompt for 0\.1 seconds/;
      assert.throws(() => tokenizer.tokenize(`${'a'.repeat(40)}b`), { code: 'tokenizer-invalid', message });
    } finally {
      searchLimit.seconds = seconds;
    }
  });

  for (const [what, content] of [
    ['is no JSON', '{'],
    ['is empty', '{}'],
    ['has a model that is no object', '{"model":3}'],
  ] as const) {
    it(`refuses a tokenizer.json that ${what}`, async () => {
      writeFileSync(join(folder, 'tokenizer.json'), content);
      await assert.rejects(loadTokenizerIn(folder), { name: 'Problem', code: 'tokenizer-invalid', hint: /fetch the checkpoint again/ });
    });
  }

  it('refuses a kind of tokenizer that forgets its text', async () => {
    writeFileSync(
      join(folder, 'tokenizer.json'),
      JSON.stringify({
        model: { type: 'WordPiece', vocab: { a: 0 }, unk_token: '[UNK]' },
        pre_tokenizer: { type: 'BertPreTokenizer' },
        decoder: { type: 'WordPiece' },
      }),
    );
    await assert.rejects(loadTokenizerIn(folder), { code: 'tokenizer-invalid', message: /WordPiece/ });
  });

  it('says so when tokenizer.json is a folder', async () => {
    mkdirSync(join(folder, 'tokenizer.json'));
    await assert.rejects(loadTokenizerIn(folder), { code: 'io' });
  });
});

describe('the mark in front of a prompt', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A tokenizer of a kind with another post-processor and configuration. */
  const configured = async (kind: string, post_processor: unknown, config: object): Promise<PromptTokenizer> => {
    const definition = JSON.parse(readFileSync(join(TOKENIZERS, kind, 'tokenizer.json'), 'utf8')) as object;
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify({ ...definition, post_processor }));
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    return load(folder);
  };
  const marks = (tokenizer: PromptTokenizer): string[] =>
    tokenizer
      .tokenize('hot')
      .filter(({ start, end }) => start === end)
      .map(({ text }) => text);

  for (const [kind, front] of [
    ['sentencepiece', '<s>'],
    ['llama-metaspace', '<s>'],
    ['gemma', '<bos>'],
    ['llama-3', '<|begin_of_text|>'],
    ['opt', '</s>'],
    ['xglm', '</s>'],
  ] as const) {
    it(`is ${front} and covers nothing, for the ${kind} tokenizer`, async () => {
      const [first] = (await load(join(TOKENIZERS, kind))).tokenize('hot');
      assert.deepEqual([first.text, first.start, first.end], [front, 0, 0]);
    });
  }

  for (const kind of ['byte-level', 'bloom', 'falcon', 'qwen', 'starcoder']) {
    it(`is absent for the ${kind} tokenizer`, async () => assert.deepEqual(marks(await load(join(TOKENIZERS, kind))), []));
  }

  it('is none where tokenizer.json has no post-processor, whatever the configuration says, and none is behind a prompt', async () => {
    for (const tokenizer_class of ['GPT2Tokenizer', 'LlamaTokenizer']) {
      const config = { add_bos_token: true, add_eos_token: true, bos_token: '<s>', eos_token: { content: '</s>' }, tokenizer_class };
      assert.deepEqual(marks(await configured('llama-metaspace', null, config)), []);
    }
  });

  it('is what tokenizer.json says where it says one', async () => {
    const template = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } },
    };
    assert.deepEqual(marks(await configured('llama-metaspace', template, { add_bos_token: false })), ['<s>']);
  });
});

describe('a tokenizer of older files', () => {
  let folder: string;
  beforeEach(() => (folder = temporaryFolder()));
  afterEach(() => rmSync(folder, { recursive: true }));

  const copy = (...files: string[]): void => files.forEach((file) => copyFileSync(join(TOKENIZERS, 'opt', file), join(folder, file)));

  it('is GPT-2’s where no configuration names another', async () => {
    copy('vocab.json', 'merges.txt');
    const tokenizer = await load(folder);
    assert.deepEqual(
      tokenizer.tokenize('The capital').map(({ text }) => text),
      ['The', ' capital'],
    );
  });

  it('finds tokens that were added later', async () => {
    copy('vocab.json', 'merges.txt');
    writeFileSync(join(folder, 'added_tokens.json'), '{"<later>":900}');
    assert.deepEqual((await load(folder)).tokenize('a<later>b').map(({ id, start, end }) => [id, start, end])[1], [900, 1, 8]);
  });

  it('cuts as Qwen’s does where the configuration names it', async () => {
    copy('vocab.json', 'merges.txt');
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"tokenizer_class":"Qwen2Tokenizer"}');
    assert.deepEqual(
      (await load(folder))
        .tokenize('12e\u0301')
        .map(({ start, end }) => [start, end])
        .slice(0, 2),
      [
        [0, 1],
        [1, 2],
      ],
    );
  });

  it('is refused by name where its class is another', async () => {
    copy('vocab.json', 'merges.txt');
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"tokenizer_class":"CTRLTokenizer"}');
    await assert.rejects(load(folder), { code: 'tokenizer-invalid', message: /CTRLTokenizer/, hint: /tokenizer\.json/ });
  });

  it('is missing where merges.txt is', async () => {
    copy('vocab.json');
    assert.equal(await loadTokenizerIn(folder), null);
  });
});
