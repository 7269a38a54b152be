import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { buildStory, type Story } from '../../src/core/insight/story';
import { promptLines } from '../../src/core/text/prompt-lines';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { openEmbeddedModel, patient } from './embedded-model';

describe('The story of the sample that opens first', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  let story: Story;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
    const sample = readFileSync(path.resolve(__dirname, '../../examples/indirect-object.txt'), 'utf8');
    const [{ text }] = promptLines(sample, { hashIsComment: true });
    const tokens = tokenizer.tokenize(text);
    const pass = await model.forward({ text, tokens }, patient);
    story = await buildStory(pass, { position: tokens.length - 1, target: null, tokens: 5, labelled: 0.6 }, patient);
  });
  after(() => model.release());

  it('has an answer that arises over the layers: three different first tokens at least', () => {
    assert.equal(story.target.text, ' Mary');
    assert.ok(new Set(story.layers.map(({ says }) => says.id)).size >= 3);
    assert.ok((story.leadsFrom ?? 0) > 0);
  });

  it('has a read that brings a fifth of the logit, of the person that the answer is', () => {
    const [read] = story.reads;
    assert.ok(read.share >= 0.2 * story.target.measured, `${read.share} of ${story.target.measured}`);
    assert.equal(story.tokens[read.source]?.text, ' Mary');
    assert.equal(read.writes?.[0].text, ' Mary');
  });
});
