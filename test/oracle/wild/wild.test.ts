/** Checkpoints as people have them, each of one kind that is easily answered wrongly: the answer is the reference's, or a problem that names the cause. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promptNotes } from '../../../src/core/text/prompt-notes';
import { showToken } from '../../../src/core/text/token-text';
import { Problem } from '../../../src/core/problem';
import { LoadedModel } from '../../../src/engine/runtime/loaded-model';
import { withCopies } from '../../../src/model/checkpoint/copies';
import { openCheckpoint } from '../../../src/model/checkpoint/open';
import { loadTokenizer } from '../../../src/model/tokenizer/load';
import type { PromptTokenizer } from '../../../src/model/tokenizer/prompt-tokenizer';
import { patient, promptOf, relativeDifference } from '../fixture';

const FOLDERS = path.join(__dirname, 'fixtures');

/** What make_wild.py wrote of a checkpoint that the reference opens. */
interface Expected {
  readonly tokens: readonly number[];
  /** [V] at the last of the tokens */
  readonly logits: readonly number[];
  readonly prompt?: string;
  readonly ids?: readonly number[];
}
const expected = JSON.parse(readFileSync(path.join(FOLDERS, 'expected.json'), 'utf8')) as Record<string, Expected>;

/** Of those that are refused: what the problem says. Of those that open: what the warnings say (numbers may differ) or the notes (they do not); none where it is absent. */
const SAID: Record<string, { readonly refused: RegExp } | { readonly warned: RegExp } | { readonly noted: RegExp } | undefined> = {
  'bidirectional-gemma3': { refused: /use_bidirectional_attention.*causal/s },
  'not-causal-qwen2': { refused: /is_causal.*causal/s },
  'quantized-while-running': { refused: /bitnet/i },
  float64: { refused: /F64|float64|double precision/i },
  'backbone-without-head': { refused: /unembedding/ },
  hqq: { refused: /hqq/i },
  'adapter-alone': { refused: /adapter.*example\/base/is },
  'tied-but-own-head-qwen2': { noted: /lm_head\.weight/ },
  'foreign-class': { warned: /BitnetForCausalLM.*ffn_layernorm.*inner_attn_ln/s },
  'unannounced-bias': { warned: /bias/ },
};

describe('A checkpoint as people have it:', () => {
  const open = async (name: string) => withCopies(await openCheckpoint(path.join(FOLDERS, name)));
  const load = async (name: string): Promise<LoadedModel> => LoadedModel.load(await open(name), null, patient);
  const tokenizerOf = async (name: string): Promise<PromptTokenizer> => {
    const tokenizer = await loadTokenizer((await open(name)).tokenizer);
    assert(tokenizer);
    return tokenizer;
  };

  const names = readdirSync(FOLDERS).filter((name) => name !== 'expected.json');
  it('every one is either compared with the reference or refused', () => {
    for (const name of names) assert.equal(name in expected, !('refused' in (SAID[name] ?? {})), name);
    assert.equal(names.length, 25);
  });

  for (const name of names) {
    const said = SAID[name];
    if (said && 'refused' in said) {
      it(`${name} is refused by its cause`, async () => {
        await assert.rejects(load(name), (error) => {
          assert(error instanceof Problem, String(error));
          assert.match(`${error.message} ${error.hint}`, said.refused);
          assert.doesNotMatch(`${error.message} ${error.hint}`, /every file was downloaded/);
          return true;
        });
      });
      continue;
    }
    it(`${name} answers as the reference does${said ? ', with a word' : ''}`, async () => {
      const model = await load(name);
      const reference = expected[name];
      assert(reference);
      const pass = await model.forward(promptOf(reference.tokens), patient);
      let logits: readonly number[] = [];
      for await (const { name: traced, tensor } of model.trace(pass, patient)) if (traced === 'logits') logits = Array.from(tensor.data);
      assert(relativeDifference(logits.slice(-reference.logits.length), reference.logits) <= 1e-4);

      const said = SAID[name];
      const notes = model.report.notes.filter(({ kind }) => kind === 'note').map(({ text }) => text);
      if (said && 'warned' in said) assert.match(model.info.warnings?.join('\n') ?? '', said.warned);
      else assert.equal(model.info.warnings, undefined);
      if (said && 'noted' in said) assert.match(notes.join('\n'), said.noted);
      assert(model.report.honoured.length > 5, 'the fields that are honoured are listed');
    });
  }

  for (const [name, { prompt, ids }] of Object.entries(expected)) {
    if (prompt === undefined) continue;
    it(`${name}: a prompt is cut into the reference’s tokens`, async () => {
      const tokens = (await tokenizerOf(name)).tokenize(prompt);
      assert.deepEqual(
        tokens.map(({ id }) => id),
        ids,
      );
    });
  }

  it('word-level: its tokenizer is refused in words (that its model runs token ids is shown above)', async () => {
    await assert.rejects(tokenizerOf('word-level'), { code: 'tokenizer-invalid', message: /WordLevel/ });
  });

  it('bos-typed-too: the doubled beginning is said', async () => {
    const tokens = (await tokenizerOf('bos-typed-too')).tokenize(expected['bos-typed-too']?.prompt ?? '');
    assert.deepEqual(
      promptNotes(tokens).map(({ short }) => short),
      ['begins with <|begin_of_text|> twice'],
    );
  });

  it('odd-tokens: every token can be seen and told apart', async () => {
    const tokenizer = await tokenizerOf('odd-tokens');
    const shown = ['\u00a0', '\u00b7', '\u200b', '\u202e', ' '].map((text) => {
      const [token] = tokenizer.tokenize(text);
      assert(token);
      return showToken(token);
    });
    assert.deepEqual(shown, ['NBSP', '\\u{b7}', '\\u{200b}', '\\u{202e}', '·']);
  });
});
