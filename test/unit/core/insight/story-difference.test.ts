import assert from 'node:assert/strict';
import type { CallContext } from '../../../../src/core/call-context';
import type { ComparedPass } from '../../../../src/core/compare/contrast';
import { differenceExplained, type DifferenceCandidates, type DifferenceCheck } from '../../../../src/core/insight/difference-causes';
import { reaching } from '../../../../src/core/insight/strongest-reads';
import { buildStoryDifference, type StoryDifference } from '../../../../src/core/insight/story-difference';
import { FakePass, type FakeShape } from '../../../support/fake-pass';

const QUIET: CallContext = { signal: { aborted: false }, report: () => undefined };
const JAPAN = 'The capital of Japan is the city of';
const KOREA = 'The capital of the Republic of Korea is';

function side(prompt: string, shape: Partial<FakeShape> = {}): ComparedPass {
  const pass = new FakePass(prompt, [], shape);
  const words = [...new Set(`${JAPAN} ${KOREA}`.split(' '))];
  const tokens = pass.tokens.map((token) => ({ ...token, id: words.indexOf(token.text.trim()) }));
  return { pass: Object.assign(pass, { tokens }), options: { position: tokens.length - 1, target: null } };
}

const difference = (left: ComparedPass, right: ComparedPass): Promise<StoryDifference> =>
  buildStoryDifference({ left, right }, { tokens: 5, labelled: 0.6 }, QUIET);

const sum = (numbers: readonly number[]): number => numbers.reduce((total, x) => total + x, 0);

describe('The story of a comparison', () => {
  it('adds up: embeddings, the branches of every layer and the biases are the change of the contrast', async () => {
    const { layers, embedding, normBias, contrast } = await difference(side(JAPAN), side(KOREA, { seed: 2 }));
    const whole = embedding + normBias + sum(layers.map(({ attention = 0, mlp = 0 }) => attention + mlp));
    assert.ok(Math.abs(whole - (contrast.right - contrast.left)) < 1e-3, `${whole} is not ${contrast.right - contrast.left}`);
  });

  it('reads the stream at each border through the map of that border', async () => {
    const [left, right] = [side(JAPAN), side(KOREA, { seed: 2 })];
    const read = left.pass.read.bind(left.pass);
    const borders: (number | undefined)[][] = [];
    left.pass.read = (rows, request) => {
      const { dModel: d, nLayers } = left.pass.model;
      if (rows.length / d === nLayers + 1) borders.push(Array.from({ length: nLayers + 1 }, (_, row) => request.at?.[row]?.border));
      return read(rows, request);
    };
    await difference(left, right);
    assert.deepEqual(borders, [left.pass.stream.map((_, border) => border)]);
  });

  it('finds no difference between a prompt and itself', async () => {
    const { reads, layers, differsFrom, attention } = await difference(side(JAPAN), side(JAPAN));
    assert.deepEqual([reads, differsFrom, attention.absolute], [[], null, 0]);
    for (const layer of layers) assert.deepEqual([layer.attention, layer.mlp, layer.divergence], [0, 0, 0]);
  });

  it('mirrors when the sides are swapped: the same reads, with the same change of what parts the answers', async () => {
    const [there, back] = [
      await difference(side(JAPAN), side(KOREA, { seed: 2 })),
      await difference(side(KOREA, { seed: 2 }), side(JAPAN)),
    ];
    assert.equal(back.differsFrom, there.differsFrom);
    const [one, other] = [there.reads[0], back.reads[0]];
    assert.ok(one && other);
    assert.deepEqual([other.layer, other.source], [one.layer, one.source]);
    // Both signs turn: that of the question, and that of right minus left.
    assert.ok(Math.abs(other.share - one.share) < 1e-4);
    assert.deepEqual([other.writes?.left, other.writes?.right], [one.writes?.right, one.writes?.left]);
  });

  it('lists reads largest change first, each what its sides differ by, and labels those that reach the part asked for', async () => {
    const { reads, attention, tokens } = await difference(side(JAPAN), side(KOREA, { seed: 2 }));
    for (const [i, { share, shares, heads, otherHeads, source }] of reads.entries()) {
      assert.ok(Math.abs(share - ((shares.right ?? 0) - (shares.left ?? 0))) < 1e-5);
      assert.ok(Math.abs(share - otherHeads - sum(heads.map((head) => head.share))) < 1e-5);
      assert.equal(shares.left === null, tokens[source]?.left === null);
      const before = reads[i - 1];
      if (before) assert.ok(Math.abs(before.share) >= Math.abs(share));
    }
    assert.equal(reads.filter(({ writes }) => writes).length, reaching(reads, 0.6 * attention.absolute));
  });

  it('orders causes by what was measured, and leaves out what has not been', () => {
    const candidate = (layer: number) =>
      ({
        kind: 'mlp',
        layer,
        at: { left: 1, right: 1 },
        heads: [],
        components: [`blocks.${layer}.mlp@1`],
        writes: { left: [], right: [] },
      }) as const;
    const found = {
      wanted: 2,
      contrast: { of: 'targets', left: -5, right: 5, normBias: 0 },
      candidates: [candidate(0), candidate(1), candidate(2)],
    } as unknown as DifferenceCandidates;
    const check = (contrast: number) => ({ contrast, probability: { left: 0, right: 1 }, predicts: {} }) as unknown as DifferenceCheck;
    const layers = (checks: readonly (DifferenceCheck | undefined)[]): number[] =>
      differenceExplained(found, checks).causes.map(({ layer }) => layer);
    assert.deepEqual(layers([check(4), undefined, undefined]), [0]);
    assert.deepEqual(layers([check(4), check(-4), check(7)]), [1, 2]);
  });
});
