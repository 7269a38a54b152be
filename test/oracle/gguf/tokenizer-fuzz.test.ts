import assert from 'node:assert/strict';
import path from 'node:path';
import * as fc from 'fast-check';
import { Problem } from '../../../src/core/problem';
import { readGgufHeader, type GgufValue } from '../../../src/model/checkpoint/gguf/header';
import { openLocal } from '../../../src/model/checkpoint/local-source';
import { loadTokenizer } from '../../../src/model/tokenizer/load';
import { examples } from '../../support/examples';

const FIXTURES = path.join(__dirname, 'fixtures', 'tokenizers');
const PROMPTS = ['', ' a', 'The cat sat.', 'Café 🦊 東京', '<s> </s><unk>', '\u0000\n\n\t'];

/** Any value that the metadata of a file may have, of the kinds that do not belong there too. */
const scalar: fc.Arbitrary<GgufValue> = fc.oneof(
  fc.integer({ min: -5, max: 700 }),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('a b', ' ', '', '__proto__', 'constructor', 'Ġ', '▁', '<0x41>', '<0xZZ>'),
);

/** A change of one key: taken away, of another kind, a list that is shorter, or longer, or has other things at some places. */
const change = fc.oneof(
  fc.constant(() => undefined),
  scalar.map((value) => () => value),
  fc.array(scalar, { maxLength: 5 }).map((list) => () => list),
  fc.double({ min: 0, max: 1, noNaN: true }).map((part) => (old: GgufValue | undefined) => {
    return Array.isArray(old) ? (old as GgufValue[]).slice(0, Math.floor(part * old.length)) : old;
  }),
  fc.array(fc.tuple(fc.nat(700), scalar), { minLength: 1, maxLength: 8 }).map((places) => (old: GgufValue | undefined) => {
    if (!Array.isArray(old)) return old;
    const list = [...(old as GgufValue[])];
    for (const [at, value] of places) list[at % (list.length + 1)] = value;
    return list;
  }),
  fc.array(fc.tuple(fc.nat(700), fc.nat(700)), { minLength: 1, maxLength: 8 }).map((pairs) => (old: GgufValue | undefined) => {
    if (!Array.isArray(old) || old.length === 0) return old;
    const list = [...(old as GgufValue[])];
    for (const [from, to] of pairs) list[to % list.length] = list[from % list.length];
    return list;
  }),
);

const KEYS = [
  'model',
  'pre',
  'tokens',
  'token_type',
  'scores',
  'merges',
  'bos_token_id',
  'eos_token_id',
  'unknown_token_id',
  'add_bos_token',
  'add_eos_token',
  'add_space_prefix',
];

describe('The tokenizer of a GGUF file whose metadata lie', () => {
  const metadataOf = async (name: string): Promise<ReadonlyMap<string, GgufValue>> =>
    (await openLocal(path.join(FIXTURES, `${name}.gguf`), (opened) => readGgufHeader(opened, name))).metadata;

  /** Loads and uses a tokenizer; false where it is refused with a cause and a next step. */
  async function works(metadata: ReadonlyMap<string, GgufValue>): Promise<boolean> {
    try {
      const tokenizer = await loadTokenizer({ kind: 'gguf', metadata: () => Promise.resolve(metadata) });
      for (const prompt of PROMPTS) tokenizer?.detokenize(tokenizer.tokenize(prompt).map(({ id }) => id));
      return true;
    } catch (error) {
      assert.ok(error instanceof Problem, error instanceof Error ? error.stack : String(error));
      assert.notEqual(error.code, 'internal');
      assert.ok(error.hint, `no next step: ${error.message}`);
      return false;
    }
  }

  for (const name of ['byte-level', 'sentence-piece', 'without-prefix']) {
    it(`${name}: is used, or refused with a cause and a next step`, async () => {
      const whole = await metadataOf(name);
      let used = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom(...KEYS), change), { minLength: 1, maxLength: 3 }), async (changes) => {
          const metadata = new Map(whole);
          for (const [key, changed] of changes) {
            const value = changed(metadata.get(`tokenizer.ggml.${key}`));
            if (value === undefined) metadata.delete(`tokenizer.ggml.${key}`);
            else metadata.set(`tokenizer.ggml.${key}`, value);
          }
          if (await works(metadata)) used++;
        }),
        { numRuns: examples(300) },
      );
      assert.ok(used > 0, 'all were refused, so nothing was tested');
    });
  }

  it('is refused where a piece is so long that its merges would not end, and where a score is no number', async () => {
    const whole = await metadataOf('sentence-piece');
    const tokens = whole.get('tokenizer.ggml.tokens') as string[];
    const refused = (key: string, value: GgufValue, message: RegExp): Promise<void> =>
      assert.rejects(
        loadTokenizer({ kind: 'gguf', metadata: () => Promise.resolve(new Map(whole).set(`tokenizer.ggml.${key}`, value)) }),
        (error) =>
          error instanceof Problem && error.code === 'tokenizer-invalid' && message.test(error.message) && error.hint !== undefined,
      );
    await refused('tokens', [...tokens.slice(0, -1), 'x'.repeat(1_000_000)], /1000000 characters/);
    await refused(
      'scores',
      tokens.map((_, id) => (id === 7 ? NaN : 0)),
      /score of token 7/,
    );
  });
});
