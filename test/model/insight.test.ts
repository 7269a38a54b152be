import assert from 'node:assert/strict';
import { findActiveNeurons } from '../../src/core/insight/active-neurons';
import { readHeadMemory } from '../../src/core/insight/attention-memory';
import { filterNorms } from '../../src/core/insight/norm-filters';
import { buildOverview } from '../../src/core/insight/overview';
import type { LoadedModel } from '../../src/engine/runtime/loaded-model';
import type { PromptTokenizer } from '../../src/model/tokenizer/prompt-tokenizer';
import { openEmbeddedModel, patient, published } from './embedded-model';

/** What `models/train/probe.py` found in the model with PyTorch, on the prompts of grading-sample.json. */
interface Readable {
  readonly 'always-active neurons': { readonly prompts: number; readonly 'share of prompts': Readonly<Record<string, number>> };
}

describe('What is known of the embedded model is what its views show', () => {
  let model: LoadedModel;
  let tokenizer: PromptTokenizer;
  before(async () => {
    ({ model, tokenizer } = await openEmbeddedModel());
  });
  after(() => model.release());

  const forward = (text: string, options = {}) => model.forward({ text, tokens: tokenizer.tokenize(text) }, patient, options);
  const japan = 'The capital of Japan is the city of';

  it('a head that looks at the country reads it there, and what it writes stems from there', async () => {
    const pass = await forward(japan);
    const position = pass.tokens.length - 1;
    const country = pass.tokens.findIndex(({ text }) => text === ' Japan');
    const overview = await buildOverview(pass, { position, target: null, tokens: 10 }, patient);
    assert.equal(overview.target.text, ' Tokyo');
    // Of the heads that speak most for the answer, those that look at the country.
    const heads = overview.blocks
      .flatMap(({ layer, heads: shares }) => shares.map((share, head) => ({ layer, head, share })))
      .sort((a, b) => b.share - a.share)
      .slice(0, 3);
    const memories = await Promise.all(
      heads.map(({ layer, head }) => readHeadMemory(pass, { position, layer, head, sources: 3, tokens: 20 })),
    );
    const movers = memories.filter(({ sources }) => sources[0]?.position === country && sources[0].attention > 0.5);
    assert.ok(movers.length > 0, 'none of the three heads with the largest shares looks at the country');
    for (const { stems, sources } of movers) {
      assert.ok(stems.source > 0.5, `only ${stems.source} of the written tokens stem from the country`);
      assert.ok(sources[0].reading.top.some(({ text }) => [' Tokyo', ' Japan', ' Japanese', ' yen'].includes(text)));
    }
  });

  it('the answer forms over the layers, and the final norm does not take it back', async () => {
    const pass = await forward(japan);
    const position = pass.tokens.length - 1;
    const { norms } = await filterNorms(pass, { position, target: null, tokens: 10 }, patient);
    assert.ok((norms[0]?.targetRank.before ?? 0) > 100, 'the answer is nowhere in the prompt');
    assert.equal(norms[norms.length - 1]?.targetRank.after, 1);
  });

  it('neurons are active as often as PyTorch found them to be', async () => {
    const { rows } = published('grading-sample.json') as { readonly rows: readonly { readonly prompt: string }[] };
    const known = (published('readable.json') as Readable)['always-active neurons'];
    assert.equal(rows.length, known.prompts);
    const prompts = rows.map(({ prompt }) => prompt);
    const options = { atLeast: 0.4, perLayer: 100, tokens: 5 };
    const { neurons } = await findActiveNeurons(model.info, prompts, options, (text) => forward(text, { summaries: true }), patient);
    const found = new Map(neurons.map(({ layer, neuron, frequency }) => [`${layer}.${neuron}`, frequency]));
    const shares = Object.entries(known['share of prompts']);
    assert.ok(shares.length > 0);
    for (const [neuron, share] of shares) {
      // A neuron at the edge of the hundred may fall on either side in other arithmetic, in a prompt or two.
      assert.ok(Math.abs((found.get(neuron) ?? 0) - share) <= 0.005, `${neuron}: ${found.get(neuron) ?? 'not found'} here, ${share} there`);
    }
  });
});
