import assert from 'node:assert/strict';
import type { CallContext } from '../../../../src/core/call-context';
import { buildEffects } from '../../../../src/core/insight/effects';
import { buildStory, type Story, type StoryOptions } from '../../../../src/core/insight/story';
import { reaching } from '../../../../src/core/insight/strongest-reads';
import { storyNotes, storyText } from '../../../../src/core/present/story-words';
import { FakePass } from '../../../support/fake-pass';

const QUIET: CallContext = { signal: { aborted: false }, report: () => undefined };

async function story(pass = new FakePass(), options: Partial<StoryOptions> = {}): Promise<Story> {
  const position = pass.tokens.length - 1;
  return buildStory(pass, { position, target: null, tokens: 5, labelled: 0.6, ...options }, QUIET);
}

/** The token that the model gives the smallest logit at the last position. */
async function leastLikely(pass: FakePass): Promise<number> {
  const final = pass.stream[pass.model.nLayers]?.slice(-pass.model.dModel) ?? new Float32Array();
  return (await pass.read(final, { target: { id: 0 }, k: 1, position: pass.tokens.length - 1 })).bottomIds[0] ?? 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

describe('A story', () => {
  it('adds up: embeddings, every layer’s two branches and the biases are what the target’s measure names', async () => {
    for (const options of [{}, { target: { id: 3 } }, { target: { id: 3 }, against: 7 }]) {
      const { layers, embedding, normBias, target } = await story(new FakePass(), options);
      const whole = embedding + normBias + sum(layers.map(({ attention = 0, mlp = 0 }) => attention + mlp));
      assert.ok(Math.abs(whole - target.measured) < 1e-3, `${whole} is not ${target.measured}`);
    }
  });

  it('lists reads strongest first, each the sum of its heads, and labels those that reach the part asked for', async () => {
    const { reads, attention } = await story();
    for (const [i, { share, heads, otherHeads }] of reads.entries()) {
      assert.ok(Math.abs(share - otherHeads - sum(heads.map((head) => head.share))) < 1e-6);
      const before = reads[i - 1];
      if (before) assert.ok(Math.abs(before.share) >= Math.abs(share));
    }
    const labelled = reads.filter(({ writes }) => writes !== undefined);
    assert.equal(labelled.length, reaching(reads, 0.6 * attention.absolute));
    assert.ok(labelled.length > 0 && labelled.length < reads.length);
    for (const { writes } of labelled) assert.equal(writes?.length, 5);
  });

  it('has estimated effects in the place of shares where that is asked for, and says so', async () => {
    const pass = new FakePass();
    const position = pass.tokens.length - 1;
    const told = await story(pass, { by: 'effect' });
    const baseline = { kind: 'zero' } as const;
    const effects = await buildEffects(pass, { position, target: null, baseline, strongest: 0, kinds: ['head'] }, QUIET);
    assert.deepEqual([told.by, told.effects], ['effect', effects.effects]);
    for (const { layer, attention, mlp } of told.layers) {
      assert.deepEqual([attention, mlp], [effects.attention[layer][position], effects.mlp[layer][position]]);
    }
    assert.ok(told.reads.length > 0);
    for (const { layer, source, share } of told.reads) {
      const ofSource = sum(effects.sources[layer].map((sources) => sources[source] ?? 0));
      assert.ok(Math.abs(share - ofSource) < 1e-5, `${share} is not ${ofSource}`);
    }
    assert.match(storyText(told), /an effect of [+−]?\d/);
    assert.match(storyNotes(told).join(' '), /^Figures are estimated effects/);
    assert.equal((await story(pass)).by, undefined);
  });

  it('labels with two calls of the lens for the whole pass, however many reads there are', async () => {
    const few = new FakePass();
    await story(few, { labelled: 0.1 });
    const many = new FakePass();
    await story(many, { labelled: 1 });
    assert.equal(many.reads, few.reads);
  });

  it('says from which layer on the target leads, or how far it is from leading', async () => {
    const pass = new FakePass();
    const { target, leadsFrom, layers } = await story(pass);
    assert.equal(target.rank, 1);
    assert.ok(leadsFrom !== null);
    for (const { layer, says } of layers) if (layer >= leadsFrom) assert.equal(says.id, target.id);
    if (leadsFrom > 0) assert.notEqual(layers[leadsFrom - 1]?.says.id, target.id);
    const last = await story(pass, { target: { id: await leastLikely(pass) } });
    assert.equal(last.leadsFrom, null);
    assert.match(storyText(last), /is only ranked 97 here/);
  });

  it('has a sentence for a prompt of one token, and for a model whose branches have no shares', async () => {
    assert.match(storyText(await story(new FakePass('The'))), /The first token sees only itself/);
    const normed = Object.assign(new FakePass(), { streamNormed: true });
    const without = await story(normed);
    assert.deepEqual(without.reads, []);
    assert.match(storyText(without), /applies its norms to the residual stream itself/);
  });

  it('says where reads cancel, and where attention rests on the first token', async () => {
    const told = await story();
    const read = told.reads[0];
    assert.ok(read);
    const cancelling: Story = {
      ...told,
      reads: [read, { ...read, share: -read.share }],
      attention: { ...told.attention, absolute: 2 * Math.abs(read.share), onFirst: 0.7 },
    };
    assert.match(storyText(cancelling), / Reads for and against nearly cancel: they come to 0\.0/);
    assert.match(storyNotes(cancelling).join(' '), /70\u00a0% of all attention rests on the first token/);
  });

  it('does not list reads of the first token by heads that rest on it, and says so: what they bring is the same in every prompt', async () => {
    const before = await story();
    const first = (told: Story): readonly number[] => told.reads.flatMap(({ layer, source }) => (source === 0 ? [layer] : []));
    const [resting] = first(before);
    // The heads of that layer look at the first token from everywhere.
    class Resting extends FakePass {
      override async pattern(layer: number, position: number): Promise<Float32Array> {
        const pattern = await super.pattern(layer, position);
        return layer === resting ? pattern.map((_, i) => (i % this.tokens.length === 0 ? 1 : 0)) : pattern;
      }
    }
    const told = await story(new Resting());
    assert.ok(resting !== undefined && !first(told).includes(resting));
    assert.equal(told.attention.resting?.layers, 1);
    told.attention.bySource.forEach((sum, i) => assert.ok(Math.abs(sum - (before.attention.bySource[i] ?? NaN)) < 1e-6));
    const left = before.reads.find(({ layer, source }) => layer === resting && source === 0)?.share ?? NaN;
    assert.ok(Math.abs(told.attention.resting.share - left) < 1e-6);
    assert.ok(Math.abs(told.attention.absolute + Math.abs(left) - before.attention.absolute) < 1e-6);
    const loud = { ...told, attention: { ...told.attention, resting: { layers: 2, share: 9 } } };
    assert.match(
      storyNotes(loud).join(' '),
      /In 2 layers heads rest on the first token, ‘The’: .* \+9\.0 in all, depends on ‘The’ alone and is not drawn/,
    );
  });

  it('says which layers see the last tokens only, through a window', async () => {
    const told = await story();
    assert.ok(told.layers.every(({ seesFrom }) => seesFrom === undefined));
    const layers = told.layers.map((layer) => ({ ...layer, seesFrom: 4 }));
    assert.match(storyNotes({ ...told, layers }).join(' '), /Each layer sees only the last 4 tokens/);
    const [one, ...others] = layers;
    assert.ok(one && told.layers[1]);
    const mixed = [one, ...others.map(({ seesFrom: _, ...layer }) => layer)];
    assert.match(storyNotes({ ...told, layers: mixed }).join(' '), /1 of 3 layers see only the last 4 tokens/);
  });

  it('says what a soft-cap leaves of what the shares add up to', async () => {
    const told = await story();
    assert.doesNotMatch(storyNotes(told).join(' '), /caps/);
    const capped = { ...told, target: { ...told.target, measured: told.target.measured / 2 } };
    assert.match(storyNotes(capped).join(' '), /caps its logits\. Shares add up to /);
  });

  it('has figures that say something where all shares are tiny', async () => {
    const told = await story();
    const [read] = told.reads;
    assert.ok(read);
    const tiny = { ...told, reads: [{ ...read, share: 0.0034 }], target: { ...told.target, measured: 0.062 } };
    assert.match(storyText(tiny), /\+0\.003 of 0\.06 logits above the average token/);
  });

  it('stops between layers when it is cancelled', async () => {
    const signal = { aborted: false };
    const cancelled: CallContext = {
      signal,
      report: ({ done }) => {
        signal.aborted = done === 1;
      },
    };
    await assert.rejects(buildStory(new FakePass(), { position: 7, target: null, tokens: 5, labelled: 0.6 }, cancelled), {
      code: 'cancelled',
    });
  });
});
