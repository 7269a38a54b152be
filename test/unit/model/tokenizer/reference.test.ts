import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadTokenizerIn } from '../../../support/load-tokenizer-in';
import type { PromptTokenizer } from '../../../../src/model/tokenizer/prompt-tokenizer';
import { TOKENIZERS } from '../../../engine/checkpoint-files';

/** What the reference implementation makes of a prompt; test/oracle/make_tokenizer_fixture.py. */
interface Expectation {
  readonly text: string;
  readonly ids: readonly number[];
  readonly offsets: readonly (readonly [start: number, end: number])[];
}

/** Kinds that keep every character of a text as it is: nothing is normalized, nothing put in front, nothing left out. */
const VERBATIM = ['bloom', 'byte-level', 'falcon', 'gemma', 'llama-3', 'opt', 'starcoder'];

const KINDS = readdirSync(TOKENIZERS).filter((kind) => existsSync(join(TOKENIZERS, kind, 'expected.json')));

/** Kinds whose unknown characters fall back to bytes run by run: the reference lets each byte cover the whole run. */
const BYTES_OF_RUNS = ['unigram-bytes'];

/**
 * Where our offsets differ from the reference's, they say more: a space put in front covers nothing (or the white space that
 * was left out, which it stands for) instead of the character after it; where letters and accents are joined, a token covers
 * all of them; a byte of an unknown character covers that character alone; an added mark lies where it was added.
 */
function agrees(kind: string, text: string, [start, end]: readonly [number, number], [from, to]: readonly [number, number]): boolean {
  const isAdded = from === 0 && to === 0 && start === end;
  const covered = text.slice(start, end);
  const isJoined = covered.normalize('NFKC') !== covered && start <= from && end >= to;
  const isSpace = /^[\p{White_Space}\p{Cf}]*$/u.test(text.slice(start, from)) && (end === to || end === from);
  const isByte = BYTES_OF_RUNS.includes(kind) && start >= from && end <= to && start < end;
  return isAdded || isJoined || isSpace || isByte;
}

for (const kind of KINDS) {
  describe(`the ${kind} tokenizer, compared with the reference implementation`, () => {
    const expectations = JSON.parse(readFileSync(join(TOKENIZERS, kind, 'expected.json'), 'utf8')) as Expectation[];
    let tokenizer: PromptTokenizer;
    before(async () => {
      const loaded = await loadTokenizerIn(join(TOKENIZERS, kind));
      assert.ok(loaded);
      tokenizer = loaded;
    });

    for (const { text, ids, offsets } of expectations) {
      it(`cuts ${JSON.stringify(text)} alike`, () => {
        const tokens = tokenizer.tokenize(text);
        assert.deepEqual(
          tokens.map(({ id }) => id),
          ids,
        );
        tokens.forEach(({ start, end }, i) => {
          const [from, to] = offsets[i];
          if (VERBATIM.includes(kind)) assert.deepEqual([start, end], [from, to], `offsets of token ${i}`);
          else assert.ok(agrees(kind, text, [start, end], [from, to]), `offsets of token ${i}: ${start}–${end}, reference ${from}–${to}`);
        });
      });
    }
  });
}

it('covers every kind of tokenizer that the supported families have', () => {
  assert.deepEqual(KINDS, [
    'bloom',
    'byte-level',
    'end-of-word',
    'falcon',
    'gemma',
    'llama-3',
    'llama-metaspace',
    'lowercase',
    'normalized',
    'oniguruma',
    'opt',
    'qwen',
    'sentencepiece',
    'starcoder',
    't5',
    'unigram-bytes',
    'xglm',
  ]);
});
