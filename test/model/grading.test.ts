import assert from 'node:assert/strict';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { openEmbeddedModel, patient, published } from './embedded-model';

/** What `models/train/grade.py` writes: held-out prompts, and the share of each category that must be right. */
interface GradingSample {
  readonly required: Readonly<Record<string, number>>;
  readonly rows: readonly { readonly category: string; readonly prompt: string; readonly answer: string }[];
}

const sample = published('grading-sample.json') as GradingSample;

describe('The embedded model, run by our own engine on prompts that training never saw', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
  });
  after(() => model.release());

  /** The greedy next token of a prompt. */
  async function prediction(prompt: string): Promise<string> {
    const tokens = tokenizer.tokenize(prompt);
    const pass = await model.forward({ text: prompt, tokens }, patient);
    const position = tokens.length - 1;
    const d = model.info.dModel;
    const last = pass.stream[model.info.nLayers].subarray(position * d, (position + 1) * d);
    const batch = await pass.read(last, { target: { id: 0 }, k: 1, position });
    return tokenizer.tokenText(batch.topIds[0]).text;
  }

  for (const [category, required] of Object.entries(sample.required)) {
    it(`answers at least ${100 * required} % of ${category} rightly`, async () => {
      const rows = sample.rows.filter((row) => row.category === category);
      assert.ok(rows.length >= 20, `${rows.length} prompts`);
      const wrong: string[] = [];
      for (const { prompt, answer } of rows) {
        const said = await prediction(prompt);
        if (said !== answer) wrong.push(`${prompt} →${said}, not${answer}`);
      }
      const share = 1 - wrong.length / rows.length;
      assert.ok(share >= required, `${(100 * share).toFixed(1)} % of ${rows.length}:\n${wrong.join('\n')}`);
    });
  }

  it('knows that the capital of Japan is Tokyo', async () => {
    assert.equal(await prediction('The capital of Japan is the city of'), ' Tokyo');
  });
});
