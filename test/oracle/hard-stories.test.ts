import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { buildStory, type Story, type StoryOptions } from '../../src/core/insight/story';
import { storyNotes, storyText } from '../../src/core/present/story-words';
import { LoadedModel } from '../../src/engine/runtime/loaded-model';
import { openCheckpoint } from '../../src/model/checkpoint/open';
import { openFixture, patient, promptOf } from './fixture';
import { TINY, temporaryFolder, writeGpt2, type Gpt2Shape } from '../engine/checkpoint-files';

/** Prompts and models that are hard to tell a story of: each is told, or a sentence says why not. */
describe('A story that is hard to tell', () => {
  const folders: string[] = [];
  after(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  /** The story of a prompt of so many tokens in a random GPT-2. */
  async function storyIn(
    shape: Gpt2Shape,
    tokens: number,
    options: Partial<StoryOptions> = {},
    spoil?: (weights: Float32Array) => void,
  ): Promise<Story> {
    const folder = temporaryFolder();
    folders.push(folder);
    writeGpt2(folder, shape, spoil);
    const model = await LoadedModel.load(await openCheckpoint(folder), null, patient);
    try {
      const ids = Array.from({ length: tokens }, (_, i) => (7 * i) % shape.vocabulary);
      const pass = await model.forward(promptOf(ids), patient);
      return await buildStory(pass, { position: tokens - 1, target: null, tokens: 5, labelled: 0.6, hops: true, ...options }, patient);
    } finally {
      await model.release();
    }
  }

  /** The story of a fixture’s prompt, at its last token. */
  async function storyOf(fixture: string, options: Partial<StoryOptions> = {}): Promise<Story> {
    const { pass } = await openFixture(fixture);
    const position = pass.tokens.length - 1;
    return await buildStory(pass, { position, target: null, tokens: 5, labelled: 0.6, hops: true, ...options }, patient);
  }

  const sumOf = ({ layers, embedding, normBias }: Story): number =>
    layers.reduce((total, { attention = 0, mlp = 0 }) => total + attention + mlp, embedding + normBias);

  const assertWhole = (story: Story): void => {
    assert.equal(story.layers.length, story.model.nLayers);
    assert.ok(Math.abs(sumOf(story) - story.target.measured) < 1e-3 * Math.max(1, Math.abs(story.target.measured)), 'it adds up');
  };

  it('of one token: there is nothing before it to read, and it says so', async () => {
    const story = await storyIn(TINY, 1);
    assertWhole(story);
    assert.match(storyText(story), /The first token sees only itself: there is nothing before it to read\./);
  });

  it('of 500 tokens: reads of all of them, and what is listed is what matters', async () => {
    const story = await storyIn({ ...TINY, context: 512 }, 500);
    assertWhole(story);
    assert.equal(story.attention.bySource.length, 500);
    assert.ok(story.reads.length > 0 && story.reads.length <= 300);
  });

  it('of 80 layers: every one of them', async () => {
    const story = await storyIn({ ...TINY, layers: 80 }, 6);
    assertWhole(story);
    assert.match(storyText(story), /leads from (layer \d+|the first layer) on/);
  });

  it('of a model with one head: it is head 0', async () => {
    const story = await storyIn({ ...TINY, heads: 1 }, 6);
    assertWhole(story);
    for (const { heads } of story.reads)
      assert.deepEqual(
        heads.map(({ head }) => head),
        [0],
      );
    assert.match(storyText(story), /layer \d head 0 looks at/);
  });

  it('of weights that are not numbers: it is refused in words', async () => {
    const spoiled = storyIn(TINY, 4, {}, (weights) => weights.fill(NaN, weights.length - 32));
    await assert.rejects(spoiled, { code: 'weights-invalid', message: /not finite: the weights contain NaN or infinity/ });
  });

  it('of a token that has no chance: it says how far it is from leading', async () => {
    const { predictions } = await storyIn(TINY, 6);
    const unlikely = predictions.at(-1);
    assert.ok(unlikely);
    const story = await storyIn(TINY, 6, { target: { id: unlikely.id } });
    assertWhole(story);
    assert.match(storyText(story), /is only ranked \d+ here, at /);
  });

  it('of norms on the residual stream: what layers say, and why there are no shares', async () => {
    const story = await storyOf('opt-350m');
    assert.deepEqual([story.reads, story.layers.some(({ attention }) => attention !== undefined)], [[], false]);
    assert.equal(story.layers.length, story.model.nLayers);
    assert.match(storyText(story), /applies its norms to the residual stream itself/);
    const byEffect = await storyOf('opt-350m', { by: 'effect' });
    assert.ok(byEffect.reads.length > 0, 'there are effects');
  });

  it('of soft-capped logits: what the cap leaves of what shares add up to', async () => {
    // A cap that leaves large logits less than they are.
    const story = await storyOf('gemma2', { measure: 'raw' });
    const sum = sumOf(story);
    assert.ok(Math.abs(3 * Math.tanh(sum / 3) - story.target.measured) < 1e-3, `${sum} is capped to ${story.target.measured}`);
    assert.match(storyNotes(story).join(' '), /The model caps its logits\. Shares add up to /);
  });

  it('of windows that are shorter than the prompt: which layers see the last tokens only', async () => {
    const [all, some] = [await storyOf('mistral'), await storyOf('gemma2')];
    assert.match(storyNotes(all).join(' '), /Each layer sees only the last 4 tokens/);
    assert.match(storyNotes(some).join(' '), /\d of \d layers see only the last 4 tokens/);
    const first = all.tokens.length - 4;
    assert.ok(all.reads.length > 0 && all.reads.every(({ source }) => source >= first));
  });
});
